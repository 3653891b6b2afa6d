//! The plain doors, and the pages that are no part of the office.

use poem::http::Method;

/// A route, and the status a stranger, a member, somebody of the staff and the order system meet. What is sent is JSON, which is no
/// recording: whoever may send one hears that.
pub(super) const ROUTES: &[(Method, &str, [u16; 4])] = &[
    (Method::POST, "/graphql", [200, 200, 200, 200]),
    (Method::GET, "/schema.graphql", [200, 200, 200, 200]),
    (Method::GET, "/graphiql", [200, 200, 200, 200]),
    (Method::POST, "/v1/events", [401, 401, 401, 200]),
    (Method::POST, "/v1/transcriptions", [401, 415, 403, 401]),
    // WeChat Pay's alone, and not set up here.
    (Method::POST, "/v1/pay/wechat", [404, 404, 404, 404]),
];

/// A page, and the status a stranger, a member of the household, a member of another one and somebody of the staff meet. `$H`
/// stands for the household.
pub(super) const PAGES: &[(&str, [u16; 4])] = &[
    ("/", [200, 200, 200, 200]),
    ("/static/hearth.css", [200, 200, 200, 200]),
    ("/exports/0000000000000000000000000000000000000000000000000000000000000000.json", [404, 404, 404, 404]),
    ("/pay/00000000000000000000000000000000", [404, 404, 404, 404]),
    ("/pay/00000000000000000000000000000000/decline", [404, 404, 404, 404]),
    ("/pay/00000000000000000000000000000000/cashier", [404, 404, 404, 404]),
    ("/my/0000000000000000000000000000000000000000000000000000000000000000", [404, 404, 404, 404]),
    ("/my/0000000000000000000000000000000000000000000000000000000000000000/family", [404, 404, 404, 404]),
    ("/sandbox-pay/pa_00000000000000000000000000000000", [404, 404, 404, 404]),
    ("/seats/00.svg", [404, 404, 404, 404]),
    ("/seats/00.ics", [404, 404, 404, 404]),
    ("/households/$H/statements/2026-05", [401, 200, 404, 401]),
    ("/households/$H/statements/2026-05.csv", [401, 200, 404, 401]),
];
