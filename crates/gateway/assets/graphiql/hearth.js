'use strict';

// The token of the last signIn stays in this tab and goes with every request, so that a newcomer need not copy it.
// An Authorization header written in the Headers editor wins over it.
const tokenKey = 'hearth.token';

const ask = async (request, headers) => {
  const answer = await fetch('/graphql', {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json, application/json',
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(request),
  });
  return answer.json();
};

const isUnauthenticated = (answer) =>
  !answer.data && (answer.errors ?? []).some((error) => error.extensions?.code === 'UNAUTHENTICATED');

const fetcher = async ({ query, variables, operationName }, options = {}) => {
  const request = { query, variables: variables ?? undefined, operationName: operationName ?? undefined };
  const written = Object.fromEntries(
    Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const token = sessionStorage.getItem(tokenKey);
  const headers = token ? { authorization: `Bearer ${token}`, ...written } : written;

  let answer = await ask(request, headers);
  if (token && !written.authorization && isUnauthenticated(answer)) {
    sessionStorage.removeItem(tokenKey);
    answer = await ask(request, written);
  }
  for (const payload of Object.values(answer.data ?? {})) {
    if (payload?.__typename === 'SignOutPayload') sessionStorage.removeItem(tokenKey);
    if (typeof payload?.token === 'string') sessionStorage.setItem(tokenKey, payload.token);
  }
  return answer;
};

const askForCode = `# 1 of 4. Ask for a sign-in code by mail.
#
# The mail is a file in the folder "hearth" named
# when it started; data/mail unless you set it.
# The answer is the same for unknown addresses.
# Ctrl+Enter runs a query. Then take the next tab.

mutation RequestCode {
  requestSignInCode(
    input: { address: "wang.nainai@hearth.example" }
  ) {
    userErrors { code message }
    retryAfterSeconds
  }
}
`;

const signIn = `# 2 of 4. Sign in with the six digits of the mail.
#
# They are good for ten minutes and five tries.
# This page then sends the token by itself. To send
# another one, open "Headers" below and write
# { "Authorization": "Bearer …" }

mutation SignIn {
  signIn(
    input: {
      address: "wang.nainai@hearth.example"
      code: "000000"
    }
  ) {
    token
    expiresAt
    personId
    userErrors { code message field retryable }
  }
}
`;

const account = `# 3 of 4. What the household has, how it came
# to it, and what it can buy.

query Account {
  me {
    name
    role
    household {
      id
      name
      members { role person { name } }
      assetAccount {
        available
        pending
        held
        owed
        statement(first: 10) {
          nodes { postedAt points balanceAfter cause }
          pageInfo { hasNextPage endCursor }
        }
        lots {
          points
          status
          availableFrom
          expiresOn
          contributor { name }
        }
      }
      grants(first: 10) {
        nodes { grantedAt expiresOn price perk { name } }
      }
    }
  }
  perks(first: 20) {
    nodes { id name terms price isOpen stock { left } }
  }
}
`;

const redeem = `# 4 of 4. Redeem a perk.
#
# Copy its id from the third tab's answer into the
# variables below. The key there says "this very
# act": run it twice, and the perk is redeemed once.
# Another redemption wants another key.

mutation Redeem($perk: ID!, $key: String!) {
  redeemPerk(
    input: { perkId: $perk, idempotencyKey: $key }
  ) {
    grant { id expiresOn perk { name } }
    posting { id points balanceAfter cause }
    household { assetAccount { available } }
    shortBy
    maturesOn
    userErrors { code message field retryable }
  }
}
`;

const randomKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, '0')).join('');
const redeemVariables = JSON.stringify({ perk: 'pk_…', key: randomKey() }, null, 2);

ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, {
    fetcher,
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
    defaultEditorToolsVisibility: true,
    defaultTabs: [
      { query: askForCode, headers: null, variables: null },
      { query: signIn, headers: null, variables: null },
      { query: account, headers: null, variables: null },
      { query: redeem, headers: null, variables: redeemVariables },
    ],
  }),
);
