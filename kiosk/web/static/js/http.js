// Requests to our own server, with the page's CSRF token.

const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/** POST *fields* as a form; resolves to the response. */
export function post(url, fields = {}) {
  const headers = { "X-CSRFToken": token(), Accept: "text/html" };
  return fetch(url, { method: "POST", body: new URLSearchParams(fields), headers, credentials: "same-origin" });
}

/** Leave this page for *url* by a POST, as a form would. */
export function postAndFollow(url, fields = {}) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = url;
  for (const [name, value] of Object.entries({ csrf_token: token(), ...fields })) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}

/** GET a piece of HTML in the background, which does not count as a person's touch; null when the server sent us elsewhere (logged out, gone). */
export async function fragment(url) {
  const response = await fetch(url, {
    headers: { "X-Fragment": "1", "X-Background": "1", Accept: "text/html" },
    credentials: "same-origin",
  });
  if (response.redirected || response.status === 401 || response.status === 404) return null;
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.text();
}
