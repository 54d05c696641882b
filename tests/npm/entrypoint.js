// A class of the Workers runtime with the policy, in front of the Worker's network.

import { WorkerEntrypoint, env } from "cloudflare:workers";
import { cors } from "edge-cors";

class Entrypoint extends WorkerEntrypoint {
  fetch(request) {
    return fetch(request);
  }
}

export default cors(env.CORS_CONFIG)(Entrypoint);
