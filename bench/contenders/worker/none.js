// No middleware: what forwarding alone costs.
export default { fetch: (request) => fetch(request) };
