// The screens that a shopper taps through: rating, reasons, thanks. Each returns what stands on the stage.
import { button, h, icon } from "./dom.js";

// Faces by the number of steps: four leave the one in the middle out.
const FACES = { 4: [1, 2, 4, 5], 5: [1, 2, 3, 4, 5] };
const STORY_MS = 9000;
const MAX_REASONS = 6;

export const steps = (survey) => Number(survey.scale.split("-")[1]);
const hasFaces = (survey) => survey.scale.startsWith("faces");
// Colour and expression of *rating*, from 1 to 5.
const tone = (survey, rating) =>
  hasFaces(survey) ? FACES[steps(survey)][rating - 1] : Math.ceil((rating * 5) / steps(survey));

// Longer than two lines of large type; a Chinese character is as wide as two letters.
const isLong = (text) => text.length + (text.match(/[\u2e80-\uffef]/g)?.length ?? 0) > 72;

function rate(app) {
  const { survey } = app.picture;
  const count = steps(survey);
  const faces = Array.from({ length: count }, (_, index) => {
    const rating = index + 1;
    const look = tone(survey, rating);
    const marks = { "data-tone": look, "data-rating": rating };
    const tap = (event) => app.rate(rating, event.currentTarget);
    const key = String(rating % 10);
    if (!hasFaces(survey)) return button("face.face--number", key, String(rating), tap, marks);
    const name = h("span.face__name", {}, app.t.faces[look - 1]);
    return button("face", key, [icon(`face-${look}`), name], tap, marks);
  });
  const hint = hasFaces(survey) ? app.t.hint : app.t.hintNumber.replace("%s", count);
  return [
    h("h1.question", { tabindex: -1, "data-long": isLong(app.of(survey.question)) }, app.of(survey.question)),
    h("div.faces", { role: "group", "aria-label": app.of(survey.question), "data-count": count }, faces),
    h("p.hint", {}, hint),
    stories(app),
  ];
}

// "You said, we did": one story at a time, changed while nobody has begun.
function stories(app) {
  const all = app.picture.stories.filter((story) => app.of(story.said) && app.of(story.did));
  if (all.length === 0) return null;
  const box = h("section.story", { "aria-label": app.t.saidTitle });
  let index = 0;
  const turn = () => {
    const story = all[index++ % all.length];
    box.replaceChildren(
      h("p.story__said", {}, h("b", {}, app.t.said), h("span", {}, app.of(story.said))),
      h("p.story__did", {}, h("b", {}, app.t.did), h("span", {}, app.of(story.did))),
    );
  };
  turn();
  if (all.length > 1) app.every(STORY_MS, turn);
  return box;
}

/** How far the press has got, said where it is seen and heard. */
export function pressState(app) {
  const { rating, state } = app.press;
  const { survey } = app.picture;
  const look = tone(survey, rating);
  const face = hasFaces(survey) ? icon(`face-${look}`) : h("b", {}, String(rating));
  return h(
    "p.state",
    { id: "state", role: "status", "data-state": state, "data-tone": look },
    face,
    h("span", {}, app.t[state]),
  );
}

function more(app) {
  const { survey } = app.picture;
  const offered = survey.reasons
    .filter((reason) => reason.ratings.includes(app.press.rating) && app.of(reason.text))
    .slice(0, MAX_REASONS);
  const reasons = offered.map((reason, index) =>
    button("reason", String(index + 1), app.of(reason.text), (event) => app.reason(reason.id, event.currentTarget), {
      "aria-pressed": String(app.reasons.has(reason.id)),
    }),
  );
  return [
    pressState(app),
    h("h1", { tabindex: -1 }, reasons.length > 0 ? app.t.why : app.t.more),
    reasons.length > 0 && h("div.reasons", { role: "group", "aria-label": app.t.why }, reasons),
    h(
      "div.actions",
      {},
      survey.comment && button("button", "7", app.t.comment, () => app.open("comment")),
      survey.complaint && !app.picture.counter && button("button", "8", app.t.complaint, () => app.open("complaint")),
      app.picture.phone && button("button", "9", app.t.phone, () => app.open("phone")),
      button("button.button--main", "0", app.t.done, () => app.finish()),
    ),
  ];
}

/** What has become of everything that this shopper sent. */
export function thanksText(app) {
  const { t, added, press } = app;
  if (press?.state === "refused") return t.refused;
  const state = added ?? press?.state ?? "saved";
  return { saved: t.doneSaved, sending: t.sending, refused: t.doneRefused, memory: t.doneMemory }[state] ?? t.doneKept;
}

function thanks(app) {
  return [
    h("div.large-icon", {}, icon(app.added === "refused" ? "warn" : "face-5")),
    h("h1", { tabindex: -1 }, app.of(app.picture.survey?.thanks ?? {}) || app.t.doneTitle),
    h("p.lead", { role: "status", id: "thanks" }, thanksText(app)),
    button("button.button--main", "0", app.t.done, () => app.wipe()),
  ];
}

function closed(app) {
  return [
    h("div.large-icon", {}, icon("face-4")),
    h("h1", { tabindex: -1 }, app.t.closedTitle),
    h("p.lead", {}, app.picture.unknown ? app.t.counterUnknown.replace("%s", app.picture.unknown) : app.t.closedText),
  ];
}

function counter(app) {
  return [
    h("div.large-icon", {}, icon("face-5")),
    h("h1", { tabindex: -1 }, app.t.welcome),
    h("p.lead", {}, app.picture.survey ? app.t.counterText : app.t.closedText),
  ];
}

/** name -> what stands on the stage. */
export const SCREENS = { rate, more, done: thanks, closed, counter };
