"""What independent readers find in the archive's forms, as JSON: a feed parser in feed.xml, a JSON-LD
processor in clip.json. Nothing is fetched: the context of schema.org is the part of it that we use.

    read_forms.py feed FILE | json-ld FILE
"""

import json
import sys

import feedparser
from pyld import jsonld

# As https://schema.org/docs/jsonldcontext.json has them.
ADDRESSES = ["license", "acquireLicensePage", "contentUrl", "embedUrl", "thumbnailUrl", "url"]
DATES = ["dateCreated", "datePublished", "uploadDate", "startDate"]
CONTEXT = {
    "@context": {
        "@vocab": "http://schema.org/",
        **{name: {"@id": f"http://schema.org/{name}", "@type": "@id"} for name in ADDRESSES},
        **{name: {"@id": f"http://schema.org/{name}", "@type": "http://schema.org/Date"} for name in DATES},
    }
}


def offline(url, _options):
    if url.rstrip("/") != "https://schema.org":
        raise ValueError(f"a context nobody knows: {url}")
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": CONTEXT}


def read_json_ld(path):
    """The one object, each property under its full address with what it says."""
    with open(path, encoding="utf-8") as file:
        [thing] = jsonld.expand(json.load(file), {"documentLoader": offline})
    return plain(thing)


def plain(node):
    if "@value" in node:
        return node["@value"]
    if set(node) == {"@id"}:
        return node["@id"]
    return {name: [plain(item) for item in items] if isinstance(items, list) and name != "@type" else items
            for name, items in node.items()}


def read_feed(path):
    with open(path, "rb") as file:
        # As it stands: a title is text, whatever it looks like.
        feed = feedparser.parse(file.read(), sanitize_html=False, resolve_relative_uris=False)
    if feed.bozo:
        raise feed.bozo_exception
    return {
        "version": feed.version, "title": feed.feed.title, "link": feed.feed.link, "language": feed.feed.language,
        "entries": [
            {
                "id": entry.id, "title": entry.title, "link": entry.link, "summary": entry.summary,
                "published": list(entry.published_parsed[:6]), "duration": entry.itunes_duration,
                "authors": [author["name"] for author in entry.authors], "rights": entry.rights,
                "tags": [tag["term"] for tag in entry.get("tags", [])], "image": entry.image["href"],
                "licences": [link["href"] for link in entry.links if link["rel"] == "license"],
                "enclosures": [[file["href"], file["type"], file["length"]] for file in entry.enclosures],
            }
            for entry in feed.entries
        ],
    }


print(json.dumps({"feed": read_feed, "json-ld": read_json_ld}[sys.argv[1]](sys.argv[2])))
