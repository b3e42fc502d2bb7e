//! What is read from a compiled expression, refused in it and changed.
use super::SHARED;
use minijinja::machinery::{Instruction, Instructions};
use minijinja::ErrorKind;
use std::collections::BTreeSet;

// The caches of an expression's filters: minijinja numbers its own from 0, and has 50.
const FIRST_CACHE: u8 = 40;
const CONDITION_CACHE: u8 = 49;
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

/// A number that no filter or test has for its cache, nor any after it.
fn first_free_cache(instructions: &Instructions) -> u8 {
    let mut first_free = 0;
    for at in 0..instructions.len() as u32 {
        if let Some(Instruction::ApplyFilter(_, _, id) | Instruction::PerformTest(_, _, id)) =
            instructions.get(at)
        {
            first_free = first_free.max(id.saturating_add(1));
        }
    }
    first_free
}

/// Operators that would make any number of bytes, or take undefined values, as filters.
pub fn use_own_operators(instructions: &mut Instructions) {
    let first_free = first_free_cache(instructions);
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

/// What asks whether a value is true: `if`, `not`, and `and` of its left side. `or` gives its left side
/// as a value: `x or 'none'` is no condition before one of these asks.
fn asks_for_truth(instruction: Option<&Instruction>) -> bool {
    use Instruction::{JumpIfFalse, JumpIfFalseOrPop, Not};
    matches!(instruction, Some(Not | JumpIfFalse(_) | JumpIfFalseOrPop(_)))
}

/// The instructions with a check in front of each of these.
pub fn with_checked_conditions<'a>(given: &Instructions<'a>) -> Instructions<'a> {
    let mut places = Vec::new(); // where an instruction, or the check in front of it, comes to stand
    let mut checks = 0;
    for at in 0..=given.len() as u32 {
        places.push(at + checks);
        checks += u32::from(asks_for_truth(given.get(at)));
    }
    let is_free = first_free_cache(given) <= CONDITION_CACHE;
    let cache = if is_free { CONDITION_CACHE } else { NO_CACHE };
    let mut made = Instructions::new(given.name(), given.source());
    for at in 0..given.len() as u32 {
        let Some(mut instruction) = given.get(at).cloned() else { break };
        if asks_for_truth(Some(&instruction)) {
            made.add(Instruction::ApplyFilter("__truth__", Some(1), cache));
        }
        use Instruction::{Jump, JumpIfFalse, JumpIfFalseOrPop, JumpIfTrueOrPop};
        if let Jump(to) | JumpIfFalse(to) | JumpIfFalseOrPop(to) | JumpIfTrueOrPop(to) =
            &mut instruction
        {
            *to = places[*to as usize];
        }
        made.add(instruction);
    }
    made
}
