// Express with `cors`: a path for each configuration. Prints the port.
import cors from 'cors';
import express from 'express';

const configurations = {
  usual: {
    origin: ['https://app.example.com', 'https://admin.example.com'],
    methods: ['GET', 'PUT', 'DELETE'],
    allowedHeaders: ['content-type', 'authorization'],
    exposedHeaders: ['x-request-id'],
    credentials: true,
    maxAge: 600,
  },
  // Without options, everybody may read, and every method of the list and every header is allowed.
  defaults: undefined,
  // "It works": whoever asks is allowed, with cookies.
  reflected: { origin: true, credentials: true },
  // Neither an escaped dot nor a start.
  regex: { origin: /example.com$/, methods: ['PUT'], allowedHeaders: ['content-type'], credentials: true },
};

const app = express();
for (const [name, options] of Object.entries(configurations)) {
  app.use(`/${name}`, cors(options), (request, response) => {
    response.set('x-request-id', '1').sendStatus(request.path === '/' ? 200 : 404);
  });
}
// `cors` behind the login: preflights have no credentials and never reach it.
app.use('/login', (request, response) => response.sendStatus(401), cors());

const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
