// Forms of the staff's lists without a reload: opened in the row, sent, and told of.

export class Refused extends Error {}

const template = document.getElementById("form-row");

export function openForm(row) {
  const link = row.querySelector(".log-open");
  const formRow = template.content.firstElementChild.cloneNode(true);
  const form = formRow.querySelector("form");
  const memberId = row.id.replace("mp-", "");
  formRow.id = `form-${memberId}`;
  form.elements.member_id.value = memberId;
  form.ariaLabel = `Log a contact with ${row.dataset.name}`;
  row.after(formRow);
  link.ariaExpanded = "true";
  form.querySelector("input[type=radio]").focus();
  formRow.scrollIntoView({ block: "nearest" });
}

export function closeForm(row, formRow) {
  formRow.remove();
  const link = row.querySelector(".log-open");
  if (link) link.ariaExpanded = "false";
}

export async function pageAt(address, options = {}) {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, ...options });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (new URL(answer.url).pathname === "/login" || answer.status === 401) {
    throw new Refused("You are signed out. Sign in again in another tab; what you typed stays here.");
  }
  if (!answer.ok) throw new Refused(page.querySelector("main h1")?.textContent.trim() || "This could not be done.");
  return page;
}

export async function send(form, submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  return pageAt(form.action, { method: "POST", body });
}

export function unreached(error) {
  if (error instanceof Refused) return error.message;
  if (error instanceof TypeError) return "The server was not reached. Nothing was kept; try again.";
  throw error;
}
