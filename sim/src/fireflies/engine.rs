//! A GraphQL engine over the vendor's own schema: what is not in it cannot be asked for, and fails as it does there.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_graphql::dynamic::{
    Enum, Field, FieldFuture, InputObject, InputValue, Object, ResolverContext, Scalar, Schema, TypeRef,
};
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, ServiceDocument, Type, TypeDefinition, TypeKind,
    TypeSystemDefinition,
};

use super::resolve;

const SCHEMA: &str = include_str!("schema.graphql");

/// A field that another version of the schema does not have, or calls something else.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Missing {
    pub(super) of: String,
    pub(super) field: String,
    pub(super) renamed: Option<String>,
}

/// The schema, and versions of it that were asked for.
#[derive(Debug)]
pub(super) struct Engine {
    schema: Schema,
    others: Mutex<HashMap<Missing, Schema>>,
}

impl Engine {
    /// Reads the vendor's schema; what is wrong with it is wrong with this program.
    pub(super) fn new() -> Result<Self, String> {
        Ok(Self { schema: built(None)?, others: Mutex::default() })
    }

    /// The schema without a field; the usual one, if none is missing.
    pub(super) fn schema(&self, missing: Option<Missing>) -> Schema {
        let Some(missing) = missing else { return self.schema.clone() };
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(schema) = others.get(&missing) {
            return schema.clone();
        }
        let schema = built(Some(&missing)).unwrap_or_else(|_| self.schema.clone());
        others.insert(missing, schema.clone());
        schema
    }
}

fn built(missing: Option<&Missing>) -> Result<Schema, String> {
    let document: ServiceDocument =
        async_graphql::parser::parse_schema(SCHEMA).map_err(|error| error.to_string())?;
    let types: Vec<_> = document
        .definitions
        .into_iter()
        .filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some(definition.node),
            _ => None,
        })
        .collect();
    let is_object = |name: &str| {
        types.iter().any(|other| other.name.node == name && matches!(other.kind, TypeKind::Object(_)))
    };
    let mut schema = Schema::build("Query", Some("Mutation"), None);
    for definition in &types {
        let name = definition.name.node.as_str();
        schema = match &definition.kind {
            TypeKind::Scalar => schema.register(Scalar::new(name)),
            TypeKind::Enum(words) => {
                let words = words.values.iter().map(|word| word.node.value.node.as_str());
                schema.register(Enum::new(name).items(words))
            }
            TypeKind::InputObject(input) => {
                let fields = input.fields.iter().map(|field| argument(&field.node));
                schema.register(fields.fold(InputObject::new(name), InputObject::field))
            }
            TypeKind::Object(_) => schema.register(object(definition, missing, &is_object)),
            TypeKind::Interface(_) | TypeKind::Union(_) => {
                return Err(format!("{name} is of a kind that this schema did not have"));
            }
        };
    }
    schema.finish().map_err(|error| error.to_string())
}

fn object(
    definition: &TypeDefinition,
    missing: Option<&Missing>,
    is_object: &impl Fn(&str) -> bool,
) -> Object {
    let name = definition.name.node.as_str();
    let TypeKind::Object(object) = &definition.kind else { return Object::new(name) };
    let fields = object.fields.iter().filter_map(|field| {
        let field = &field.node;
        let missing =
            missing.filter(|missing| missing.of == name && missing.field == field.name.node.as_str());
        match missing {
            None => Some(resolved(name, field, field.name.node.as_str(), is_object)),
            Some(Missing { renamed, .. }) => {
                renamed.as_ref().map(|renamed| resolved(name, field, renamed, is_object))
            }
        }
    });
    fields.fold(Object::new(name), Object::field)
}

/// A field under this name, with what answers it.
fn resolved(of: &str, field: &FieldDefinition, called: &str, is_object: &impl Fn(&str) -> bool) -> Field {
    let (member, ty) = (field.name.node.to_string(), typed(&field.ty.node));
    let needed = matches!(ty, TypeRef::NonNull(_));
    let leaf = !is_object(ty.type_name());
    let resolver: Box<dyn for<'a> Fn(ResolverContext<'a>) -> FieldFuture<'a> + Send + Sync> = match of {
        "Query" => Box::new(move |context| resolve::root(&context, &member, needed)),
        "Mutation" => Box::new(|_| resolve::forbidden()),
        _ => Box::new(move |context| FieldFuture::Value(resolve::member(&context, &member, leaf))),
    };
    let arguments = field.arguments.iter().map(|given| argument(&given.node));
    arguments.fold(Field::new(called, ty, resolver), Field::argument)
}

fn argument(input: &InputValueDefinition) -> InputValue {
    let value = InputValue::new(input.name.node.as_str(), typed(&input.ty.node));
    match &input.default_value {
        Some(usual) => value.default_value(usual.node.clone()),
        None => value,
    }
}

fn typed(of: &Type) -> TypeRef {
    let named = match &of.base {
        BaseType::Named(name) => TypeRef::named(name.as_str()),
        BaseType::List(inner) => TypeRef::List(Box::new(typed(inner))),
    };
    if of.nullable { named } else { TypeRef::NonNull(Box::new(named)) }
}
