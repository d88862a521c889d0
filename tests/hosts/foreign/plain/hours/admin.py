from django.contrib import admin

from hours.models import Entry

admin.site.register(Entry)
