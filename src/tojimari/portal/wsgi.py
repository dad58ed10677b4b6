"""For any WSGI server: `gunicorn tojimari.portal.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tojimari.portal.settings")
application = get_wsgi_application()
