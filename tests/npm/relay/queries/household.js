import { graphql } from "relay-runtime";

export const household = graphql`
  query householdQuery($perks: Int!, $after: String) {
    me {
      id
      name
      household {
        id
        name
        members {
          role
          joinedAt
          person {
            id
            name
          }
        }
        assetAccount {
          available
          pending
          owed
          ...householdStatement
        }
        grants(first: 5) {
          edges {
            node {
              id
              perk {
                name
              }
            }
          }
        }
      }
    }
    perks(first: $perks, after: $after) @connection(key: "household_perks") {
      edges {
        node {
          id
          name
          price
          stock {
            left
          }
        }
      }
    }
  }
`;

export const statement = graphql`
  fragment householdStatement on AssetAccount @argumentDefinitions(lines: { type: "Int", defaultValue: 20 }) {
    statement(first: $lines) {
      nodes {
        id
        points
        kind
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
`;

export const redeem = graphql`
  mutation householdRedeemMutation($input: RedeemPerkInput!) {
    redeemPerk(input: $input) {
      grant {
        id
      }
      shortBy
      userErrors {
        __typename
        code
        message
        field
        retryable
      }
    }
  }
`;

export const again = graphql`
  query householdAgainQuery($id: ID!) {
    node(id: $id) {
      __typename
      ... on Grant {
        id
      }
      ... on StatementLine {
        points
      }
    }
  }
`;

export const events = graphql`
  subscription householdEventsSubscription($after: String) {
    householdEvents(after: $after) {
      id
      cursor
      kind
      subjectIds
    }
  }
`;
