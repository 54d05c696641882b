//! edge-cors in an axum server: a tower layer in front of every route.
//!
//! ```sh
//! cargo run --example axum --features http
//! curl -i http://127.0.0.1:3000/ -H 'Origin: https://app.example.com'
//! ```

use std::error::Error;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::http::uri::Scheme;
use axum::http::{Request, Response};
use axum::routing::get;
use edge_cors::PolicySet;
use tokio::net::TcpListener;
use tower::{Layer, Service};

/// Puts a service behind the policies.
#[derive(Clone)]
pub(crate) struct Cors {
    /// The policies, shared by all connections.
    pub(crate) policies: Arc<PolicySet>,
    /// What clients use. Behind a proxy that terminates TLS, it is `https`.
    pub(crate) scheme: Scheme,
}

/// A service behind the policies.
#[derive(Clone)]
pub(crate) struct CorsService<S> {
    inner: S,
    cors: Cors,
}

impl<S> Layer<S> for Cors {
    type Service = CorsService<S>;

    fn layer(&self, inner: S) -> CorsService<S> {
        CorsService { inner, cors: self.clone() }
    }
}

impl<S, B, R> Service<Request<B>> for CorsService<S>
where
    S: Service<Request<B>, Response = Response<R>, Error: Send + 'static, Future: Send + 'static>,
    R: Default + Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        request.extensions_mut().insert(self.cors.scheme.clone());
        let exchange = self.cors.policies.decide(&request);
        if let Some(answer) = exchange.answer() {
            let response = Response::from(answer).map(|()| R::default());
            return Box::pin(ready(Ok(response)));
        }
        let response = self.inner.call(request);
        Box::pin(async move {
            let mut response = response.await?;
            exchange.decorate_response(&mut response);
            Ok(response)
        })
    }
}

const POLICY: &str = r#"{ "allowOrigins": ["https://app.example.com"], "allowMethods": ["PUT"] }"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (policies, warnings) = PolicySet::from_json(POLICY)?;
    warnings.iter().for_each(|warning| eprintln!("{warning}"));
    let cors = Cors { policies: Arc::new(policies), scheme: Scheme::HTTP };
    // `Router::layer` runs after the routing, and so for known paths only: wrap the whole router.
    let app = Router::new().route("/", get(|| async { "hello" }).put(|| async { "changed" }));
    let app = Router::new().fallback_service(cors.layer(app));
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
