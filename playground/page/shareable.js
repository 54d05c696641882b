// What of a case may be in a link that is given to others.

/** Request headers whose values CORS looks at. The value of any other can be a secret. */
const OF_REQUESTS = new Set(["accept", "accept-language", "content-language", "content-type", "range"]);

/** Response headers whose values CORS or a cache looks at. */
const OF_RESPONSES = new Set(["content-type", "cross-origin-resource-policy", "timing-allow-origin", "vary"]);

/** A case without what can be a secret: values of headers, and user info, queries and fragments of URLs. */
export function shareable({ configuration, question, browser }) {
  const { originServer } = question;
  return {
    configuration: isJson(configuration) ? withoutUserInfo(configuration) : null,
    question: {
      ...question,
      origin: bare(question.origin),
      url: bare(question.url),
      cachedFor: question.cachedFor && bare(question.cachedFor),
      headers: question.headers.map(([name, value]) => [name, OF_REQUESTS.has(name.toLowerCase()) ? value : ""]),
      originServer: {
        ...originServer,
        headers: originServer.headers.map(([name, value]) => [name, told(name, value)]),
      },
    },
    browser,
  };
}

function told(name, value) {
  const lower = name.toLowerCase();
  if (lower === "location") return bare(value);
  return lower.startsWith("access-control-") || OF_RESPONSES.has(lower) ? value : "";
}

/** Without user info, query and fragment, even if it has no scheme yet. */
const bare = (url) => url.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^\s/?#]*@/i, "$1").replace(/[?#].*$/s, "");

/** Every URL in a text without its user info. */
const withoutUserInfo = (text) => text.replace(/(:\/\/)[^\s"/?#]*@/g, "$1");

/** What is no JSON is no configuration: somebody pasted a command or a file into the editor. */
function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
