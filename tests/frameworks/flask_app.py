"""Flask with flask-cors: a path for each configuration. Prints the port."""

from flask import Flask
from flask_cors import CORS
from werkzeug.serving import make_server

CONFIGURATIONS = {
    "usual": {
        "origins": ["https://app.example.com", "https://admin.example.com"],
        "methods": ["GET", "PUT", "DELETE"],
        "allow_headers": ["content-type", "authorization"],
        "expose_headers": ["x-request-id"],
        "supports_credentials": True,
        "max_age": 600,
    },
    # Without options, everybody may read, and every method of the list and every header is allowed.
    "defaults": {},
    # "It works": whoever asks is allowed, with cookies.
    "reflected": {"origins": "*", "supports_credentials": True},
    # An expression without an end, which any domain can follow.
    "regex": {"origins": [r"https://.*\.example\.com"], "methods": ["PUT"], "allow_headers": ["content-type"]},
}

app = Flask(__name__)
CORS(app, resources={rf"/{name}/.*": options for name, options in CONFIGURATIONS.items()})


@app.route("/<name>/", methods=["GET", "PUT", "DELETE"])
def answer(name):
    return name, {"x-request-id": "1"}


server = make_server("127.0.0.1", 0, app)
print(server.server_port, flush=True)
server.serve_forever()
