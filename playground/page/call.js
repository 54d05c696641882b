// The call that a page makes, as code.

const quoted = (text) => JSON.stringify(text);

/** One line of JavaScript or HTML that makes a call, or of what stands for it. */
export function codeOf(question) {
  const { via, url, method, credentials } = question;
  switch (via) {
    case "xhr":
      return `xhr.open(${quoted(method)}, ${quoted(url)})${credentials ? "; xhr.withCredentials = true" : ""}`;
    case "web-socket":
      return `new WebSocket(${quoted(url)})`;
    case "form":
      return `<form method=${quoted(method.toLowerCase())} action=${quoted(url)}>`;
    default:
      return `fetch(${quoted(url)}${optionsOf(question)})`;
  }
}

function optionsOf({ via, method, headers, credentials }) {
  const options = [];
  if (method !== "GET") options.push(`method: ${quoted(method)}`);
  if (headers.length > 0) options.push(`headers: { ${headers.map(([name]) => `${quoted(name)}: …`).join(", ")} }`);
  if (credentials) options.push('credentials: "include"');
  if (via === "no-cors") options.push('mode: "no-cors"');
  return options.length === 0 ? "" : `, { ${options.join(", ")} }`;
}
