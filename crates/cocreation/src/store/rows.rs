//! The tables as the engine sees them.

pub(super) mod studies {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "studies")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: String,
        pub title_zh: String,
        pub title_en: String,
        pub options: String,
        pub definition: String,
        pub panel: String,
        pub created_at: i64,
        pub closes_at: i64,
        pub opened_at: Option<i64>,
        pub frozen: Option<String>,
        pub panel_sha256: Option<String>,
        pub panel_size: Option<i64>,
        pub published_at: Option<i64>,
        pub result: Option<String>,
        pub is_shuffled: bool,
        pub ended_at: Option<i64>,
        pub launched_option: Option<String>,
        pub product_ref: Option<String>,
        pub chosen_by: Option<i64>,
        pub drop_reason: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod study_chains {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "study_chains")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub study_id: Uuid,
        pub entries: i64,
        pub head: String,
        pub turnout: i64,
        pub closed_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod study_entries {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "study_entries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub study_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub entry_no: i64,
        pub entry: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod ballot_choices {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "ballot_choices")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub study_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub pseudonym: String,
        pub said: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod study_panels {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "study_panels")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub study_id: Uuid,
        pub place: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod study_thanks {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "study_thanks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub study_id: Uuid,
        pub points: i64,
        pub thanked_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod ballot_receipts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "ballot_receipts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub study_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub entry_no: i64,
        pub person_id: Uuid,
        pub accepted_at: i64,
        pub receipt: String,
        pub head: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
