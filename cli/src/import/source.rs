//! Whose settings a file has.

use clap::ValueEnum;

use super::loss::Losses;
use super::rules::Model;
use super::{envoy, envoy_gateway, frameworks, gateway_api, ingress, istio, nginx};
use crate::input::Document;

/// The software whose CORS settings are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Source {
    /// Whichever of the others it is
    Auto,
    /// Envoy: a bootstrap, a listener, a route configuration, or a CorsPolicy alone
    Envoy,
    /// Istio: the corsPolicy of VirtualServices
    Istio,
    /// The Gateway API: the CORS filters of HTTPRoutes
    GatewayApi,
    /// Envoy Gateway: the cors of SecurityPolicies, with the HTTPRoutes that they target
    EnvoyGateway,
    /// ingress-nginx: the annotations of Ingresses
    IngressNginx,
    /// Higress: the annotations of Ingresses
    Higress,
    /// nginx: the Access-Control lines of add_header
    Nginx,
    /// Express: the options of `cors`, as JSON
    Express,
    /// Flask: the options of flask-cors, as JSON
    Flask,
    /// Django: the settings of django-cors-headers, as JSON
    Django,
}

impl Source {
    /// All but [`Self::Auto`], in the order in which a file is tried: those that are easily told come first.
    pub(super) const NAMED: [Self; 10] = [
        Self::Istio,
        Self::EnvoyGateway,
        Self::GatewayApi,
        Self::Higress,
        Self::IngressNginx,
        Self::Envoy,
        Self::Nginx,
        Self::Django,
        Self::Flask,
        Self::Express,
    ];

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Auto => "any software",
            Self::Envoy => "Envoy",
            Self::Istio => "Istio",
            Self::GatewayApi => "the Gateway API",
            Self::EnvoyGateway => "Envoy Gateway",
            Self::IngressNginx => "ingress-nginx",
            Self::Higress => "Higress",
            Self::Nginx => "nginx",
            Self::Express => "Express",
            Self::Flask => "Flask",
            Self::Django => "Django",
        }
    }

    /// What the documents say, if they are of this source. nginx has a syntax of its own.
    pub(super) fn read(self, documents: &[Document], losses: &mut Losses) -> Model {
        match self {
            Self::Auto | Self::Nginx => Model::default(),
            Self::Envoy => envoy::read(documents, losses),
            Self::Istio => istio::read(documents, losses),
            Self::GatewayApi => gateway_api::read(documents, losses),
            Self::EnvoyGateway => envoy_gateway::read(documents, losses),
            Self::IngressNginx => ingress::read_nginx(documents, losses),
            Self::Higress => ingress::read_higress(documents, losses),
            Self::Express => frameworks::express(documents, losses),
            Self::Flask => frameworks::flask(documents, losses),
            Self::Django => frameworks::django(documents),
        }
    }

    /// The source itself, or the one that a text belongs to, with what it says.
    pub(super) fn recognise(
        self,
        text: &str,
        parse: impl Fn(&str) -> Result<Vec<Document>, (usize, String)>,
        losses: &mut Losses,
    ) -> Result<Option<(Self, Model)>, (usize, String)> {
        if self == Self::Nginx || (self == Self::Auto && nginx::is_one(text)) {
            return Ok(Some((Self::Nginx, nginx::read(text, losses)?)));
        }
        let documents = parse(text)?;
        let tried = if self == Self::Auto { &Self::NAMED[..] } else { &[self] };
        let mut recognised = None;
        for source in tried {
            // An object with the options of a library is all of its file, and others have fields of these names too.
            let is_library = [Self::Django, Self::Flask, Self::Express].contains(source);
            if is_library && recognised.is_some() {
                continue;
            }
            let mut found = Losses::default();
            let model = source.read(&documents, &mut found);
            let Some(first) = model.policies.first() else { continue };
            if recognised.is_none() {
                *losses = found;
                recognised = Some((*source, model));
            } else if let Some(name) = source.to_possible_value() {
                let message =
                    format!("There are CORS settings of {} here too, which are not in the result.", source.title());
                let fix = format!("read them with \"edge-cors import {}\".", name.get_name());
                losses.different(first.offset, message, &fix);
            }
        }
        Ok(recognised)
    }
}
