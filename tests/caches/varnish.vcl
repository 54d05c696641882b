# Varnish as Debian ships it: what is not here, its own rules decide. The tests fill in the servers.
vcl 4.1;

{servers}
sub vcl_recv {
{choice}
    # By itself, it stores nothing for requests with cookies or Authorization. Many sites change that.
    if (req.url ~ "^/looks-up-credentials/" && (req.method == "GET" || req.method == "HEAD")) {
        return (hash);
    }
}

sub vcl_backend_response {
    # By itself, it stores no refusals. nginx is told to do so too.
    if (beresp.status == 403) {
        set beresp.ttl = 10m;
    }
    if (bereq.url ~ "^/ignores-vary/") {
        unset beresp.http.vary;
    }
}
