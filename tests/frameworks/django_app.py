"""Django with django-cors-headers: one configuration, because its settings are global. Prints the port."""

import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from corsheaders.defaults import default_headers
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

CONFIGURATIONS = {
    "usual": {
        "CORS_ALLOWED_ORIGINS": ["https://app.example.com", "https://admin.example.com"],
        "CORS_ALLOW_METHODS": ["GET", "PUT", "DELETE"],
        "CORS_ALLOW_HEADERS": ["content-type", "authorization"],
        "CORS_EXPOSE_HEADERS": ["x-request-id"],
        "CORS_ALLOW_CREDENTIALS": True,
        "CORS_PREFLIGHT_MAX_AGE": 600,
    },
    # "It works": whoever asks is allowed, with cookies.
    "reflected": {"CORS_ALLOW_ALL_ORIGINS": True, "CORS_ALLOW_CREDENTIALS": True},
    # An expression without an end, which any domain can follow.
    "regex": {
        "CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://\w+\.example\.com"],
        "CORS_ALLOW_HEADERS": [*default_headers, "x-api-key"],
    },
}

settings.configure(
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["corsheaders"],
    MIDDLEWARE=["corsheaders.middleware.CorsMiddleware", "django.middleware.common.CommonMiddleware"],
    ROOT_URLCONF=__name__,
    **CONFIGURATIONS[sys.argv[1]],
)
django.setup()


def answer(request):
    return HttpResponse("django", headers={"x-request-id": "1"})


urlpatterns = [path(f"{sys.argv[1]}/", answer)]


class Silent(WSGIRequestHandler):
    """Logs nothing."""

    def log_message(self, *arguments):
        pass


server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Silent)
print(server.server_port, flush=True)
server.serve_forever()
