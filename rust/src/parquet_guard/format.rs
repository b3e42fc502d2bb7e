//! The fields that the Parquet reader knows, by their numbers from 1 on, from parquet.thrift. It reads them
//! as what they are here, whatever type the file gives them.
use super::thrift::Fields;
use super::thrift::Kind::{Any, Binary, Bool, Byte, Double, Int, List, Struct};

const KEY_VALUE: Fields = &[Binary, Binary];
const DECIMAL: Fields = &[Int, Int];
const TIME: Fields = &[Bool, Struct(&[])];
const INTEGER: Fields = &[Byte, Bool];
const VARIANT: Fields = &[Byte];
const GEOMETRY: Fields = &[Binary];
const GEOGRAPHY: Fields = &[Binary, Int];

#[rustfmt::skip]
const LOGICAL_TYPE: Fields = &[
    Any, Any, Any, Any, Struct(DECIMAL), Any, Struct(TIME), Struct(TIME), Any, Struct(INTEGER),
    Any, Any, Any, Any, Any, Struct(VARIANT), Struct(GEOMETRY), Struct(GEOGRAPHY),
];

/// A column or a group of the schema; field 5 is the number of its children.
pub const SCHEMA_ELEMENT: Fields =
    &[Int, Int, Int, Binary, Int, Int, Int, Int, Int, Struct(LOGICAL_TYPE)];

const STATISTICS: Fields = &[Binary, Binary, Int, Int, Binary, Binary, Bool, Bool, Int];
const ENCODING: Fields = &[Int, Int, Int];
const SIZES: Fields = &[Int, List(&Int), List(&Int)];
const BOX: Fields = &[Double, Double, Double, Double, Double, Double, Double, Double];
const GEOSPATIAL: Fields = &[Struct(BOX), List(&Int)];

#[rustfmt::skip]
const COLUMN_METADATA: Fields = &[
    Int, List(&Int), List(&Binary), Int, Int, Int, Int, List(&Struct(KEY_VALUE)), Int, Int, Int,
    Struct(STATISTICS), List(&Struct(ENCODING)), Int, Int, Struct(SIZES), Struct(GEOSPATIAL),
];

const COLUMN: Fields = &[Binary, Int, Struct(COLUMN_METADATA), Int, Int, Int, Int];
const SORTING: Fields = &[Int, Bool, Bool];
const ROW_GROUP: Fields = &[List(&Struct(COLUMN)), Int, Int, List(&Struct(SORTING)), Int, Int, Int];
const ORDER: Fields = &[];

/// FileMetaData; field 2 is the schema.
#[rustfmt::skip]
pub const FOOTER: Fields = &[
    Int, List(&Struct(SCHEMA_ELEMENT)), Int, List(&Struct(ROW_GROUP)), List(&Struct(KEY_VALUE)), Binary,
    List(&Struct(ORDER)),
];

const DATA: Fields = &[Int, Int, Int, Int, Struct(STATISTICS)];
const INDEX: Fields = &[];
const DICTIONARY: Fields = &[Int, Int, Bool];
const DATA_V2: Fields = &[Int, Int, Int, Int, Int, Int, Bool, Struct(STATISTICS)];

pub const PAGE_HEADER: Fields =
    &[Int, Int, Int, Int, Struct(DATA), Struct(INDEX), Struct(DICTIONARY), Struct(DATA_V2)];
