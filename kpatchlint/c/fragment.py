from kpatchlint.source import Source


def complete(source: Source) -> Source:
    return source
