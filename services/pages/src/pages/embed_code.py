"""What a creator pastes into another site to show a page there."""

from html import escape

WIDTH, HEIGHT = 480, 640


def embed_code(page_url: str, title: str, width: int = WIDTH, height: int = HEIGHT) -> str:
    return (
        f'<iframe src="{escape(page_url)}/embed" title="{escape(title)}" width="{width}" height="{height}"'
        ' loading="lazy" style="border:0;max-width:100%" sandbox="allow-scripts allow-same-origin allow-popups'
        ' allow-popups-to-escape-sandbox"></iframe>'
    )
