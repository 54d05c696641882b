/** The ready Worker: it answers preflights, and forwards every other request to the origin server. */
declare const worker: {
  fetch(
    request: any,
    env: {
      /** The configuration: an object, or a string with JSON. */
      CORS_CONFIG?: unknown;
      /** A KV namespace whose key `cors.json` has the configuration. */
      CORS_CONFIG_KV?: unknown;
      /** The origin server: a URL, or the binding of another Worker. */
      UPSTREAM?: unknown;
      /** The dataset of Analytics Engine that gets a data point for every counter. */
      CORS_ANALYTICS?: unknown;
    },
    ctx: any,
  ): Promise<any>;
};
export default worker;
