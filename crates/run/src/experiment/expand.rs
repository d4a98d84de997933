//! Changes a kind without settings, `"tanh"`, to a table, `{ kind = "tanh" }`.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{Form, Key, Keys};
use super::schema::KIND;

/// Changes all kinds without settings to tables.
pub fn expand(keys: &Keys, tree: &mut DeTable<'_>) {
    expand_table(keys, &keys.root().keys, tree);
}

fn expand_table(keys: &Keys, known: &[Key], table: &mut DeTable<'_>) {
    for key in known {
        if let Some(value) = table.get_mut(&*key.name) {
            expand_value(keys, &key.form, value);
        }
    }
}

fn expand_value(keys: &Keys, form: &Form, value: &mut Spanned<DeValue<'_>>) {
    let span = value.span();
    match (keys.resolve(form), value.get_mut()) {
        (Form::Kinds(_), kind @ DeValue::String(_)) => {
            let name = Spanned::new(span.clone(), std::mem::replace(kind, DeValue::Boolean(false)));
            *kind = DeValue::Table(DeTable::from_iter([(Spanned::new(span, KIND.into()), name)]));
        }
        (Form::Kinds(kinds), DeValue::Table(table)) => {
            let name = table.get(KIND).and_then(|kind| kind.get_ref().as_str());
            let kind = kinds.iter().find(|kind| Some(&*kind.name) == name);
            expand_table(keys, kind.map_or(&[], |kind| &kind.keys), table);
        }
        (Form::Table(known), DeValue::Table(table)) => expand_table(keys, &known.keys, table),
        (Form::List(list), DeValue::Array(values)) => {
            values.iter_mut().for_each(|value| expand_value(keys, &list.of, value));
        }
        _ => {}
    }
}
