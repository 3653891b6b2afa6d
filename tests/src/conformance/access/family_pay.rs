//! The rows of seniors who ask and relatives who pay.

use super::Meets::{self, No, Nothing, Yes};

/// As the table beside. Nobody here has relatives, and nothing was asked: that a payer sees a request and nobody else does is tried where
/// the rule is.
pub(super) const FIELDS: &[(&str, &str, [Meets; 4])] = &[
    ("Query.payRequests", "{ f: payRequests { id } }", [No, Yes, Yes, No]),
    (
        "Query.payRequest",
        "{ f: payRequest(id: \"pq_00000000000000000000000000000000\") { id payToken } }",
        [No, Nothing, Nothing, No],
    ),
    ("Query.payers", "{ f: payers { personId name } }", [No, Yes, Yes, No]),
    ("Query.seniorPagePath", "{ f: seniorPagePath }", [No, Yes, Yes, No]),
    ("Query.mandates", "{ f: mandates { id left { amountMinor } } }", [No, Yes, Yes, No]),
    (
        "Mutation.askToPay",
        "mutation { f: askToPay(input: { lines: [{ productRef: \"F01\", quantity: \"1\" }], priceMinor: \"1\", \
         idempotencyKey: \"0123456789abcdef\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.cancelPayRequest",
        "mutation { f: cancelPayRequest(input: { payRequestId: \"pq_00000000000000000000000000000000\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.payAtPickUp",
        "mutation { f: payAtPickUp(input: { payRequestId: \"pq_00000000000000000000000000000000\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.declinePayRequest",
        "mutation { f: declinePayRequest(input: { payRequestId: \"pq_00000000000000000000000000000000\", reason: BUSY }) { userErrors { \
         code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.beginPayment",
        "mutation { f: beginPayment(input: { payRequestId: \"pq_00000000000000000000000000000000\", confirmsName: true }) { userErrors \
         { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.setLanguage",
        "mutation { f: setLanguage(input: { language: \"zh-CN\" }) { userErrors { code } } }",
        [No, Yes, Yes, No],
    ),
    (
        "Mutation.setPayerOrder",
        "mutation { f: setPayerOrder(input: { personIds: [] }) { userErrors { code } } }",
        [No, Yes, Yes, No],
    ),
    (
        "Mutation.giveMandate",
        "mutation { f: giveMandate(input: { seniorId: \"$P\", perOrderMinor: \"1\", perMonthMinor: \"1\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.revokeMandate",
        "mutation { f: revokeMandate(input: { mandateId: \"md_00000000000000000000000000000000\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
];
