// All servers that a browser meets in the tests, on one port, whatever their names: the pages, what is in front of the
// edge, and the origin server behind it. Chromium leads every name and port here.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer, request as ask } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect, createServer as createPlainServer } from "node:net";

import { startEnvoy } from "./envoy.js";

const FOLDER = "target/playground/world";
const PAGE = "/a-page-of-the-tests";

export class World {
  /** Starts everything, with an Envoy that has these configurations. */
  static async start(configurations) {
    const own = new World();
    own.origin = await listen(own.originServer());
    own.envoy = await startEnvoy(configurations, own.origin.address().port);
    own.front = own.frontServer();
    own.secure = createSecureServer(certificate(), own.front.listeners("request")[0]);
    own.secure.on("upgrade", own.front.listeners("upgrade")[0]);
    own.port = await listen(own.dispatcher());
    return own;
  }

  /** The option that leads Chromium here. */
  get rules() {
    return `--host-resolver-rules=MAP * 127.0.0.1:${this.port.address().port}`;
  }

  /** What is between the browser and the host of a URL from now on, and what its origin server answers. */
  use({ url, edge, inFront, status, headers }) {
    const port = edge === null ? this.origin.address().port : this.envoy.ports[edge];
    this.now = { host: new URL(url).host, port, inFront, status, headers };
    this.seen = [];
  }

  async stop() {
    await this.envoy.stop();
    for (const server of [this.port, this.origin, this.front, this.secure]) {
      server.closeAllConnections?.();
      server.close();
    }
    for (const socket of this.sockets) socket.destroy();
  }

  sockets = new Set();

  /** Tells TLS from plain HTTP by the first byte of a connection. */
  dispatcher() {
    return createPlainServer((socket) => {
      this.keep(socket);
      socket.once("data", (data) => {
        socket.pause();
        socket.unshift(data);
        (data[0] === 0x16 ? this.secure : this.front).emit("connection", socket);
        process.nextTick(() => socket.resume());
      });
    });
  }

  keep(socket) {
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    // A browser may end a connection whenever it likes.
    socket.on("error", () => {});
  }

  /** The pages, and what passes all other requests on to the edge and writes down what goes by. */
  frontServer() {
    const server = createServer(async (request, response) => {
      if (request.url.startsWith(PAGE)) return page(request, response);
      // Browsers call hosts of their makers too.
      if (request.headers.host !== this.now?.host) return response.writeHead(404).end();
      const entry = { title: `${request.method} ${request.url}`, sent: lines(request.rawHeaders).filter(telling) };
      this.seen.push(entry);
      const { port, inFront } = this.now;
      if (inFront) {
        Object.assign(entry, { status: inFront, received: [] });
        return response.writeHead(inFront).end();
      }
      const answer = await forward(request, port);
      Object.assign(entry, { status: answer.statusCode, received: lines(answer.rawHeaders).filter(telling) });
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
    });
    return server.on("upgrade", (request, socket) => {
      const entry = { title: `${request.method} ${request.url}`, sent: lines(request.rawHeaders).filter(telling) };
      this.seen.push(entry);
      const server = connect(this.now.port, "127.0.0.1", () => {
        server.write([`GET ${request.url} HTTP/1.1`, ...lines(request.rawHeaders), "\r\n"].join("\r\n"));
      });
      server.once("data", (data) => (entry.status = Number(`${data}`.split(" ")[1])));
      for (const one of [server, socket]) this.keep(one);
      server.pipe(socket).pipe(server);
    });
  }

  originServer() {
    const server = createServer((request, response) => {
      const { status, headers } = this.now;
      request.resume();
      response.writeHead(status, headers.flat()).end(bodyless(status) ? "" : "data: 1\n\n");
    });
    return server.on("upgrade", (request, socket) => {
      this.keep(socket);
      const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      const accept = createHash("sha1").update(key).digest("base64");
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
      );
    });
  }
}

/** Where a page of an origin is. */
export const pageOf = (origin) => `${origin}${PAGE}`;

const bodyless = (status) => status === 204 || status === 304 || status < 200;

/** A page, with the code of the browser tests that makes calls. */
function page(request, response) {
  if (request.url.endsWith(".js")) {
    response.writeHead(200, { "content-type": "text/javascript" });
    return response.end(readFileSync("tests/browsers/page.js"));
  }
  response.writeHead(200, { "content-type": "text/html" });
  response.end(`<!doctype html><meta charset=utf-8><link rel=icon href=data:,><script src=${PAGE}.js></script>`);
}

/** Passes a request on, and returns the response. */
function forward(request, port) {
  const { method, url: path, rawHeaders } = request;
  return new Promise((resolve, reject) => {
    const asked = ask({ host: "127.0.0.1", port, method, path, setHost: false, headers: rawHeaders }, resolve);
    asked.on("error", reject);
    request.pipe(asked);
  });
}

const pairs = (raw) => raw.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1]]] : []));

/** Whether a header line is about CORS. */
export const telling = (line) =>
  /^(origin|vary|timing-allow-origin|cross-origin-resource-policy|access-control-[a-z-]+):/.test(line);

const lines = (raw) => pairs(raw).map(([name, value]) => `${name}: ${value}`);

async function listen(server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** A certificate that nobody has reason to trust: the browsers of the tests are told to. */
function certificate() {
  mkdirSync(FOLDER, { recursive: true });
  const [key, cert] = [`${FOLDER}/key.pem`, `${FOLDER}/certificate.pem`];
  const kind = [
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-subj",
    "/CN=localhost",
  ];
  execFileSync("openssl", ["req", ...kind, "-days", "2", "-keyout", key, "-out", cert], { stdio: "ignore" });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}
