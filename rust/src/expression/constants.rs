//! Constants, which minijinja calculates when it compiles an expression: without a budget.
use minijinja::machinery::ast::{BinOpKind, CallArg, Expr};

const MAX_REPEATED: usize = 64 << 10; // bytes or items

pub fn children<'a, 'b>(expression: &'b Expr<'a>) -> Vec<&'b Expr<'a>> {
    let arguments = |given: &'b [CallArg<'a>]| -> Vec<&'b Expr<'a>> {
        let expression = |argument: &'b CallArg<'a>| match argument {
            CallArg::Pos(e)
            | CallArg::Kwarg(_, e)
            | CallArg::PosSplat(e)
            | CallArg::KwargSplat(e) => e,
        };
        given.iter().map(expression).collect()
    };
    let mut all = Vec::new();
    match expression {
        Expr::Var(_) | Expr::Const(_) => {}
        Expr::Slice(e) => {
            all.push(&e.expr);
            all.extend([&e.start, &e.stop, &e.step].into_iter().flatten());
        }
        Expr::UnaryOp(e) => all.push(&e.expr),
        Expr::BinOp(e) => all.extend([&e.left, &e.right]),
        Expr::Compare(e) => {
            all.push(&e.expr);
            all.extend(e.ops.iter().map(|op| &op.expr));
        }
        Expr::IfExpr(e) => {
            all.extend([&e.test_expr, &e.true_expr]);
            all.extend(&e.false_expr);
        }
        Expr::Filter(e) => {
            all.extend(&e.expr);
            all.extend(arguments(&e.args));
        }
        Expr::Test(e) => {
            all.push(&e.expr);
            all.extend(arguments(&e.args));
        }
        Expr::GetAttr(e) => all.push(&e.expr),
        Expr::GetItem(e) => all.extend([&e.expr, &e.subscript_expr]),
        Expr::Call(e) => {
            all.push(&e.expr);
            all.extend(arguments(&e.args));
        }
        Expr::List(e) => all.extend(&e.items),
        Expr::Map(e) => all.extend(e.keys.iter().chain(&e.values)),
    }
    all
}

/// Texts and lists that are repeated by a constant. The innermost are looked at first, so that what
/// is calculated here is small.
pub fn refuse_large(expression: &Expr) -> Result<(), String> {
    children(expression).into_iter().try_for_each(refuse_large)?;
    let Expr::BinOp(operator) = expression else { return Ok(()) };
    if !matches!(operator.op, BinOpKind::Mul) {
        return Ok(());
    }
    let (Some(left), Some(right)) = (operator.left.as_const(), operator.right.as_const()) else {
        return Ok(());
    };
    for (repeated, count) in [(&left, &right), (&right, &left)] {
        let size = repeated.as_str().map(str::len).or(repeated.len());
        let times = i128::try_from(count.clone()).unwrap_or(0).max(0) as usize;
        if size.is_some_and(|size| size.saturating_mul(times) > MAX_REPEATED) {
            return Err(format!("repeats a text or list to more than {MAX_REPEATED}"));
        }
    }
    Ok(())
}
