//! GraphiQL at `/graphiql`, from the binary itself. See `assets/graphiql/README.md` for versions and licences.

use poem::{Request, Response, Route, endpoint, http::header};

use super::only_get;

/// Only this host: no script, picture or request may come from or go to another.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file whose name carries its version never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";
const REVALIDATE: &str = "no-cache";

struct Asset {
    path: &'static str,
    content_type: &'static str,
    caching: &'static str,
    body: &'static [u8],
}

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

const ASSETS: [Asset; 7] = [
    Asset {
        path: "/graphiql",
        content_type: "text/html; charset=utf-8",
        caching: REVALIDATE,
        body: include_bytes!("../../assets/graphiql/index.html"),
    },
    Asset {
        path: "/graphiql/hearth.js",
        content_type: JAVASCRIPT,
        caching: REVALIDATE,
        body: include_bytes!("../../assets/graphiql/hearth.js"),
    },
    Asset {
        path: "/graphiql/hearth.css",
        content_type: CSS,
        caching: REVALIDATE,
        body: include_bytes!("../../assets/graphiql/hearth.css"),
    },
    Asset {
        path: "/graphiql/graphiql-3.9.0.min.js",
        content_type: JAVASCRIPT,
        caching: FOREVER,
        body: include_bytes!("../../assets/graphiql/graphiql-3.9.0.min.js"),
    },
    Asset {
        path: "/graphiql/graphiql-3.9.0.min.css",
        content_type: CSS,
        caching: FOREVER,
        body: include_bytes!("../../assets/graphiql/graphiql-3.9.0.min.css"),
    },
    Asset {
        path: "/graphiql/react-18.3.1.min.js",
        content_type: JAVASCRIPT,
        caching: FOREVER,
        body: include_bytes!("../../assets/graphiql/react-18.3.1.min.js"),
    },
    Asset {
        path: "/graphiql/react-dom-18.3.1.min.js",
        content_type: JAVASCRIPT,
        caching: FOREVER,
        body: include_bytes!("../../assets/graphiql/react-dom-18.3.1.min.js"),
    },
];

/// Adds the page and its files.
pub(super) fn mount(routes: Route) -> Route {
    ASSETS.iter().fold(routes, |routes, asset| {
        routes.at(asset.path, endpoint::make_sync(|request: Request| only_get(&request, || serve(asset))))
    })
}

fn serve(asset: &'static Asset) -> Response {
    Response::builder()
        .content_type(asset.content_type)
        .header(header::CACHE_CONTROL, asset.caching)
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .header(header::REFERRER_POLICY, "no-referrer")
        .header("x-content-type-options", "nosniff")
        .body(asset.body)
}

#[cfg(test)]
mod tests {
    use super::ASSETS;

    #[test]
    fn the_page_names_only_files_that_are_served() {
        let page = String::from_utf8(ASSETS[0].body.to_vec()).unwrap();
        let named: Vec<&str> = page.split('"').filter(|text| text.starts_with("/graphiql/")).collect();
        assert_eq!(named.len(), 6);
        for path in named {
            assert!(ASSETS.iter().any(|asset| asset.path == path), "{path}");
        }
        assert!(!page.contains("http"), "the page names another host");
    }
}
