// What a page does: the calls of a scenario, one after the other. `run` and `done` are defined by the page.

const PATIENCE = 20000;

const callers = {
  async fetch({ url, method, headers, credentials }) {
    const init = { method, headers, credentials: credentials ? 'include' : 'omit', body: body(method) };
    const response = await fetch(url, init);
    if (response.type === 'opaque') return { page: 'opaque' };
    return { page: 'readable', headers: [...response.headers.keys()], body: await response.text() };
  },

  xhr: ({ url, method, headers, credentials, uploadListener }) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(method, url);
      request.withCredentials = credentials;
      for (const [name, value] of headers) request.setRequestHeader(name, value);
      if (uploadListener) request.upload.onprogress = () => {};
      request.onerror = () => reject(new Error(`status ${request.status}`));
      request.onload = () => {
        const names = request.getAllResponseHeaders().split('\r\n').map((line) => line.split(':')[0].toLowerCase());
        resolve({ page: 'readable', headers: names.filter(Boolean), body: request.responseText });
      };
      request.send(body(method));
    }),
};

const body = (method) => (['GET', 'HEAD'].includes(method.toUpperCase()) ? undefined : 'from the page');

async function perform(calls) {
  console.log(`begin ${run}`);
  const got = [];
  for (const call of calls) {
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, { page: 'timeout' }));
    const made = callers[call.via](call).catch((error) => ({ page: 'blocked', error: error.message }));
    got.push(await Promise.race([made, late]));
  }
  console.log(`end ${run}`);
  return got;
}

// The calls are made by a frame with an opaque origin.
function embed(url) {
  addEventListener('message', ({ data }) => report(data), { once: true });
  const frame = document.createElement('iframe');
  frame.sandbox = 'allow-scripts';
  frame.src = url;
  document.documentElement.append(frame);
}

async function report(got) {
  const response = await fetch(done, { method: 'POST', body: JSON.stringify(got) });
  const next = await response.text();
  if (next) location.replace(next);
}
