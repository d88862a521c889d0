"""Static files under names that change with their content, so that browsers may keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Also between our modules: what one takes from another is found under its hashed name.

    Django's own switch for it, `support_js_module_import_aggregation`, would read every package's scripts too, and
    fails at those that are not complete.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        (
            "js/*.js",
            (
                (r'(?P<matched>from\s*"(?P<url>\./.*?)")', 'from "%(url)s"'),
                (r'(?P<matched>import\s*"(?P<url>\./.*?)")', 'import "%(url)s"'),
            ),
        ),
    )
