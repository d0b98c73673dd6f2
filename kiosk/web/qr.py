"""QR codes as SVG pictures, drawn here so that pages need neither script nor another server for them."""

import base64

# Modules of white around the code that readers need (ISO/IEC 18004, 6.3.8).
_QUIET = 4


def qr_svg(text: str) -> str:
    """*text* as a standing SVG document: one path, black on white, a module a unit."""
    import qrcode  # only some pages need it
    from qrcode.constants import ERROR_CORRECT_M

    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=_QUIET)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    steps = [f"M{column} {line}{_run(row, column)}" for line, row in enumerate(rows) for column in range(len(row)) if _begins(row, column)]
    size = len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{"".join(steps)}"/></svg>'
    )


def qr_data_uri(text: str) -> str:
    """The same as a ``data:`` address for an ``img``."""
    return "data:image/svg+xml;base64," + base64.b64encode(qr_svg(text).encode()).decode()


def _begins(row: list[bool], column: int) -> bool:
    return row[column] and not row[column - 1]


def _run(row: list[bool], column: int) -> str:
    """The path of the dark modules that stand side by side from *column* on."""
    end = column
    while row[end]:
        end += 1
    return f"h{end - column}v1h{column - end}z"
