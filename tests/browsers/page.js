// What a page does: the calls of a scenario, one after the other. `run` and `done` are defined by the page.

const PATIENCE = 20000;

const body = (method) => (['GET', 'HEAD'].includes(method.toUpperCase()) ? undefined : 'from the page');

const request = ({ method, headers, credentials, mode, redirect }) => ({
  method,
  headers,
  mode,
  redirect,
  credentials: credentials ? 'include' : 'omit',
  body: body(method),
});

async function callFetch(call) {
  const response = await fetch(call.url, request(call));
  if (response.type === 'opaque') return { page: 'opaque' };
  const { status, headers } = response;
  return { page: 'readable', status, headers: [...headers.keys()], body: await response.text() };
}

// Succeeds with `load` and fails with `error`, like elements and sources of events.
const event = (target, load, got) =>
  new Promise((resolve, reject) => {
    target.addEventListener(load, (event) => resolve(got(event)), { once: true });
    target.addEventListener('error', () => reject(new Error('error event')), { once: true });
  });

function element(name, attributes, page) {
  const created = Object.assign(document.createElement(name), attributes);
  const got = event(created, 'load', () => ({ page }));
  document.documentElement.append(created);
  return got;
}

// Has another thread make the call: `worker` is a Worker or a ServiceWorker.
function delegate(worker, call) {
  const { port1, port2 } = new MessageChannel();
  worker.postMessage(call, [port2]);
  return new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
}

const callers = {
  fetch: callFetch,

  xhr: ({ url, method, headers, credentials, uploadListener }) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.withCredentials = credentials;
    for (const [name, value] of headers) request.setRequestHeader(name, value);
    if (uploadListener) request.upload.onprogress = () => {};
    const got = event(request, 'load', () => {
      const names = request.getAllResponseHeaders().split('\r\n').map((line) => line.split(':')[0].toLowerCase());
      return { page: 'readable', status: request.status, headers: names.filter(Boolean), body: request.responseText };
    });
    request.send(body(method));
    return got;
  },

  // Reads the first part of the body before the origin server sends the second.
  stream: async (call) => {
    const response = await fetch(call.url, request(call));
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = (await reader.read()).value;
    await fetch(`/release${run}`);
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
    const { status, headers } = response;
    return { page: 'readable', status, headers: [...headers.keys()], body: text };
  },

  'no-cors': (call) => callFetch({ ...call, mode: 'no-cors' }),
  'redirect-error': (call) => callFetch({ ...call, redirect: 'error' }),

  'event-source': ({ url, credentials }) => {
    const source = new EventSource(url, { withCredentials: credentials });
    return event(source, 'message', ({ data }) => ({ page: 'readable', body: `data: ${data}\n\n` })).finally(() => source.close());
  },

  'web-socket': ({ url }) => {
    const socket = new WebSocket(url);
    return event(socket, 'open', () => ({ page: 'connected' })).finally(() => socket.close());
  },

  image: ({ url }) => element('img', { src: url }, 'opaque'),
  'image-cors': ({ url, credentials }) =>
    element('img', { crossOrigin: credentials ? 'use-credentials' : 'anonymous', src: url }, 'readable'),
  script: ({ url }) => element('script', { src: url }, 'opaque'),
  'script-cors': ({ url }) => element('script', { crossOrigin: 'anonymous', src: url }, 'readable'),

  form: ({ url, method }) => {
    const frame = Object.assign(document.createElement('iframe'), { name: 'target' });
    const form = Object.assign(document.createElement('form'), { action: url, method, target: 'target' });
    // The frame is empty at first, and loaded.
    const empty = event(frame, 'load', () => {});
    document.documentElement.append(frame, form);
    return empty.then(() => {
      form.submit();
      return event(frame, 'load', () => ({ page: 'opaque' }));
    });
  },

  worker: (call) => delegate(new Worker('/worker.js'), call),

  'service-worker': async (call) => {
    const registration = await navigator.serviceWorker.register('/worker.js', { scope: '/service/' });
    const worker = registration.installing ?? registration.active;
    while (worker.state !== 'activated') await new Promise((resolve) => worker.addEventListener('statechange', resolve, { once: true }));
    return delegate(worker, call).finally(() => registration.unregister());
  },
};

async function attempt(caller, call) {
  try {
    return await caller(call);
  } catch (error) {
    return { page: 'blocked', error: error.message };
  }
}

async function perform(calls) {
  console.log(`begin ${run}`);
  const got = [];
  for (const call of calls) {
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, { page: 'timeout' }));
    got.push(await Promise.race([attempt(callers[call.via], call), late]));
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

// In a worker, this file is all there is.
if (typeof document === 'undefined') {
  const answer = async ({ data, ports }) => ports[0].postMessage(await attempt(callFetch, data));
  addEventListener('message', (event) => answer(event));
  addEventListener('activate', () => {});
}
