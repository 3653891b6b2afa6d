use async_graphql::Result;

/// What a nullable field answers: its value, null, or null with an error.
pub(super) type Nullable<T> = Option<Result<T>>;

/// Runs the resolver of a nullable field.
///
/// The library lets an error of `Result<Option<T>>` null the field's parent: one failing mutation would then hide what the
/// others did. An error *inside* the option nulls the field alone, as the GraphQL specification wants.
pub(super) async fn nullable<T>(resolve: impl Future<Output = Result<Option<T>>>) -> Nullable<T> {
    resolve.await.transpose()
}
