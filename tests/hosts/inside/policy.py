"""A strict content security policy, but for a browser that asks for none."""


def policy_middleware(get_response):
    def respond(request):
        response = get_response(request)
        if "no-policy" not in request.COOKIES:
            response["Content-Security-Policy"] = "default-src 'none'; connect-src 'self'; script-src 'self'; " + (
                "style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
            )
        return response

    return respond
