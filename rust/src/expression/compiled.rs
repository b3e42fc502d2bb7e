//! What is read from a compiled expression, refused in it and changed.
use super::SHARED;
use minijinja::machinery::{Instruction, Instructions};
use minijinja::ErrorKind;
use std::collections::BTreeSet;

// The caches of an expression's filters: minijinja numbers its own from 0, and has 50.
const FIRST_CACHE: u8 = 40;
const NO_CACHE: u8 = u8::MAX;

/// Of the row's keys, those that an expression names. `asked`: by `row.get('a')`, rows need not have
/// them; `is_whole`: it asks for the row itself.
#[derive(Default)]
pub struct Keys {
    pub named: BTreeSet<String>,
    pub asked: BTreeSet<String>,
    pub is_whole: bool,
}

/// `a.b` names a; `row.a` and `row['a']` too.
pub fn keys_of(instructions: &Instructions) -> Keys {
    let mut keys = Keys::default();
    for at in 0..instructions.len() as u32 {
        let Some(Instruction::Lookup(name)) = instructions.get(at) else { continue };
        if *name != "row" {
            keys.named.insert(name.to_string());
            continue;
        }
        match [1, 2, 3].map(|after| instructions.get(at + after)) {
            [Some(Instruction::GetAttr(key)), ..] => {
                keys.named.insert(key.to_string());
            }
            [Some(Instruction::LoadConst(key)), Some(Instruction::GetItem), _] => {
                keys.named.insert(key.to_string());
            }
            [Some(Instruction::LoadConst(key)), Some(Instruction::CallMethod("get", _)), _]
            | [Some(Instruction::LoadConst(key)), _, Some(Instruction::CallMethod("get", _))] => {
                keys.asked.insert(key.to_string());
            }
            _ => keys.is_whole = true,
        }
    }
    keys
}

/// Filters, tests and functions are looked up when they are used: a slip would be every row's error.
pub fn refuse_unknown(instructions: &Instructions) -> Result<(), String> {
    let state = SHARED.environment.empty_state();
    for at in 0..instructions.len() as u32 {
        let (kind, name, unknown) = match instructions.get(at) {
            Some(Instruction::ApplyFilter(name, ..)) => {
                let error = state.apply_filter(name, &[]).err();
                ("filter", name, error.is_some_and(|e| e.kind() == ErrorKind::UnknownFilter))
            }
            Some(Instruction::PerformTest(name, ..)) => {
                let error = state.perform_test(name, &[]).err();
                ("test", name, error.is_some_and(|e| e.kind() == ErrorKind::UnknownTest))
            }
            Some(Instruction::CallFunction(name, _)) => {
                ("function", name, !SHARED.functions.contains(*name))
            }
            _ => continue,
        };
        if unknown {
            return Err(format!("{kind} {name} is unknown"));
        }
    }
    Ok(())
}

/// Operators that would make any number of bytes, or take undefined values, as filters.
pub fn use_own_operators(instructions: &mut Instructions) {
    let mut first_free = 0;
    for at in 0..instructions.len() as u32 {
        if let Some(Instruction::ApplyFilter(_, _, id) | Instruction::PerformTest(_, _, id)) =
            instructions.get(at)
        {
            first_free = first_free.max(id.saturating_add(1));
        }
    }
    for at in 0..instructions.len() as u32 {
        let Some(instruction) = instructions.get_mut(at) else { break };
        let (filter, number) = match instruction {
            Instruction::Mul => ("__mul__", 0),
            Instruction::StringConcat => ("__concat__", 1),
            Instruction::In => ("__in__", 2),
            Instruction::Eq => ("__eq__", 3),
            Instruction::Ne => ("__ne__", 4),
            Instruction::Lt => ("__lt__", 5),
            Instruction::Lte => ("__le__", 6),
            Instruction::Gt => ("__gt__", 7),
            Instruction::Gte => ("__ge__", 8),
            _ => continue,
        };
        let cache = if first_free <= FIRST_CACHE { FIRST_CACHE + number } else { NO_CACHE };
        *instruction = Instruction::ApplyFilter(filter, Some(2), cache);
    }
}
