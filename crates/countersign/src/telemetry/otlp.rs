//! OTLP over HTTP, protobuf: what is sent to a collector, and what its answer means.
//!
//! Source: the OpenTelemetry Protocol specification 1.x, "OTLP/HTTP": POST to `/v1/traces`, `application/x-protobuf`;
//! a success may say that a part was rejected (`partial_success`).

use opentelemetry_proto::tonic::{
    collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse},
    common::v1::{InstrumentationScope, any_value::Value},
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans, Span},
};
use prost::Message;

use super::spans::attribute;

/// Where traces go, below the endpoint.
pub(super) const PATH: &str = "/v1/traces";

/// The content type of a request.
pub(super) const CONTENT_TYPE: &str = "application/x-protobuf";

/// The body of a request with these spans.
pub(super) fn body(spans: Vec<Span>) -> Vec<u8> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let resource = Resource {
        attributes: vec![
            attribute("service.name", Value::StringValue("countersign".to_owned())),
            attribute("service.version", Value::StringValue(version.clone())),
        ],
        ..Resource::default()
    };
    let scope = InstrumentationScope { name: "countersign".to_owned(), version, ..InstrumentationScope::default() };
    let scope_spans = vec![ScopeSpans { scope: Some(scope), spans, ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

/// How many spans an answer of success says were rejected after all. What is no such answer rejects none: collectors
/// answer with nothing, or with JSON.
pub(super) fn rejected(answer: &[u8]) -> u64 {
    let rejected = ExportTraceServiceResponse::decode(answer)
        .ok()
        .and_then(|answer| answer.partial_success)
        .map_or(0, |partial| partial.rejected_spans);
    u64::try_from(rejected).unwrap_or(0)
}
