//! What the columns of a Parquet file mean, by their logical types and by its metadata.
use crate::meaning::{self, Meaning};
use parquet::basic::{ConvertedType, LogicalType, Repetition};
use parquet::file::metadata::FileMetaData;
use parquet::schema::types::Type;

/// Of the elements of a group annotated as a list: its repeated field is the element itself, or holds it.
fn meaning_of_list(list: &Type) -> Meaning {
    let [repeated] = list.get_fields() else { return Meaning::Plain };
    let holds = !repeated.is_primitive() && repeated.get_fields().len() == 1;
    let element = if holds { &repeated.get_fields()[0] } else { repeated };
    Meaning::List(Box::new(meaning_of_value(element)))
}

/// The guard has bounded how deep types are nested.
fn meaning_of_value(of: &Type) -> Meaning {
    let basic = of.get_basic_info();
    if of.is_primitive() {
        let is_json = basic.logical_type_ref() == Some(&LogicalType::Json);
        return match is_json || basic.converted_type() == ConvertedType::JSON {
            true => Meaning::Json,
            false => Meaning::Plain,
        };
    }
    match basic.converted_type() {
        ConvertedType::LIST => meaning_of_list(of),
        ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE => Meaning::Plain,
        _ => meaning_of_members(of),
    }
}

fn meaning_of_members(group: &Type) -> Meaning {
    let member = |field: &Type| {
        let value = meaning_of_value(field);
        let repeated = field.get_basic_info().repetition() == Repetition::REPEATED;
        let value = if repeated { Meaning::List(Box::new(value)) } else { value };
        (field.name().to_string(), value)
    };
    Meaning::Struct(group.get_fields().iter().map(|field| member(field)).collect())
}

pub fn meaning_of_file(file: &FileMetaData) -> Meaning {
    let entries = file.key_value_metadata().into_iter().flatten();
    let features = entries.filter(|entry| entry.key == meaning::FEATURES_KEY).last();
    let described = meaning::of_table(features.and_then(|entry| entry.value.as_deref()));
    meaning_of_members(file.schema_descr().root_schema()).and(described)
}
