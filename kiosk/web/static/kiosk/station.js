// What the station tells: another survey, stories, a rating asked for, a real button, a phone. Events come as they happen;
// a look once a minute finds what no event tells (hours begin and end) and what was missed.
const LOOK_MS = 60_000;

export class Station {
  constructor(app) {
    this.app = app;
    this.#follow();
    setInterval(() => this.refresh(), LOOK_MS);
  }

  /** Take up a change that had to wait for the shopper to leave. */
  refreshSoon() {
    if (this.missed) this.refresh();
  }

  /** Look whether survey, hours, stories or the page itself have changed; a shopper at work is not disturbed. */
  async refresh() {
    if (this.source.readyState === EventSource.CLOSED && this.followed) this.#follow();
    const { app } = this;
    let fresh;
    let request;
    try {
      const response = await fetch(`/feedback/data${location.search}`);
      if (!response.ok) return;
      ({ request, ...fresh } = await response.json());
    } catch {
      return; // the server is away: the picture stays as it is
    }
    const changed = JSON.stringify(fresh) !== JSON.stringify(app.picture);
    this.missed = changed && app.begun;
    if (changed && !this.missed) {
      // A newer page: loaded once nothing waits that this one alone remembers.
      if (fresh.version !== app.picture.version && app.queue.length === 0) location.reload();
      app.take(fresh);
    }
    if (request) this.#asked(request);
  }

  close() {
    this.source.close();
  }

  #follow() {
    this.source = new EventSource(`/feedback/events${location.search}`);
    const { app, source } = this;
    const on = (name, work) => source.addEventListener(name, (event) => work(JSON.parse(event.data)));
    source.onopen = () => {
      document.documentElement.dataset.following = "yes";
      app.queue.kick();
      // A page that has just come from the server itself, not from the worker, is fresh.
      const [came] = performance.getEntriesByType("navigation");
      if (this.followed || app.picture.counter || came?.workerStart) this.refresh();
      this.followed = true;
    };
    source.onerror = () => {
      delete document.documentElement.dataset.following;
    };
    for (const name of ["survey.changed", "stories.changed", "resync"]) on(name, () => this.refresh());
    on("rating.requested", (asked) => this.#asked(asked));
    on("button.pressed", ({ key, rating }) => app.buttonPressed(key, rating));
    on("feedback.handover", ({ key, state }) => app.phoned(key, state));
  }

  async #asked({ id, survey, version, expires_at: expires, at }) {
    const { app } = this;
    // By the station's clock where the event says when it was sent: this screen's own may be wrong.
    const ms = Date.parse(expires) - (at ? Date.parse(at) : Date.now());
    // A question is asked once, whether it came as an event, by a look, or both.
    if (!app.picture.counter || ms <= 0 || this.asked >= id) return;
    this.asked = id;
    if (app.picture.survey?.id !== `${survey}@${version}`) await this.refresh();
    app.ask(id, ms);
  }
}
