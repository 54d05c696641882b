// Short forms for what the page does with elements.

/** An element of the page, by its id. */
export const get = (id) => document.getElementById(id);

/** A new element. Attributes that are `false`, `null` or `undefined` are left out; functions are listeners. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value !== undefined && value !== null && value !== false)
      element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A sentence of the engine, in which code is between backticks. */
export const prose = (text) => text.split("`").map((part, index) => (index % 2 === 0 ? part : make("code", {}, part)));

/** Tells people who cannot see it what has happened. */
export function announce(text) {
  get("announcement").textContent = text;
}

/** Runs something once its cause has not happened again for a while. */
export function settled(milliseconds, run) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, milliseconds);
  };
}

/** Copies a text, and says so on the button that was pressed. Browsers permit it on https and on this machine only. */
export async function copy(text, button) {
  const copied = navigator.clipboard?.writeText(text) ?? Promise.reject();
  const said = await copied.then(() => "Copied").catch(() => "The browser does not permit it");
  const label = button.textContent;
  button.textContent = said;
  announce(said);
  setTimeout(() => (button.textContent = label), 1500);
}
