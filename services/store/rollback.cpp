// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// An earlier copy of the whole store is told by a counter that is elsewhere. The store has the number that
/// the counter is about to reach; so a cut between the two leaves them one apart, never more.

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "services/store/trust_store.hpp"

namespace redoubt::services::store {
namespace {

namespace bj = boost::json;

constexpr std::string_view k_note = "counter";

} // namespace

Result<std::optional<TrustStore::CounterNote>> TrustStore::counter_note() {
    RDT_TRY(auto statement, database_.prepare("SELECT value FROM meta WHERE key = 'counter'"));
    RDT_CHECK(statement.bind());
    RDT_TRY(const bool has_note, statement.step());
    if (!has_note) return std::nullopt;
    RDT_TRY(const auto text, sealer_.open_note(k_note, statement.column_text(0)));
    RDT_TRY(const auto document, json::parse("counter", text.view()));
    CounterNote note;
    RDT_TRY(note.kind, document.root()["kind"].string());
    RDT_TRY(note.value, document.root()["value"].unsigned_integer());
    return note;
}

Status TrustStore::write_counter_note(std::uint64_t value) {
    const auto text = bj::serialize(bj::object{{"kind", counter_->kind()}, {"value", value}});
    RDT_TRY(const auto sealed, sealer_.seal_note(k_note, text));
    RDT_TRY(auto statement,
            database_.prepare("INSERT OR REPLACE INTO meta(key, value) VALUES('counter', ?)"));
    return statement.run(sealed);
}

Status TrustStore::join_counter(const CounterOf& counter_of, CounterRule rule) {
    if (!counter_of) return {};
    RDT_TRY(counter_, counter_of(root_, id_));
    if (rule == CounterRule::made_anew) {
        RDT_TRY(const auto value, counter_->make());
        return anchor(value, "store.counter");
    }
    RDT_TRY(const auto reached, counter_->read());
    if (rule == CounterRule::taken) {
        if (reached) return anchor(*reached, "store.counter");
        RDT_TRY(const auto value, counter_->make());
        return anchor(value, "store.counter");
    }
    RDT_TRY(const auto note, counter_note());
    if (!note && !reached) {
        // A store of before there were counters.
        RDT_TRY(const auto value, counter_->make());
        return anchor(value, "store.counter");
    }
    return compare_counter(note, reached);
}

Status TrustStore::compare_counter(const std::optional<CounterNote>& note,
                                   const std::optional<std::uint64_t>& reached) {
    constexpr std::string_view k_way_out = "; 'redoubt-kbs restore' takes a copy all the same";
    if (!note)
        return fail(Code::failed_precondition, "an earlier copy of the store, of before it had a counter{}",
                    k_way_out);
    if (note->kind != counter_->kind())
        return fail(Code::failed_precondition,
                    "the store's counter is of kind '{}', and rollback.counter says '{}'{}", note->kind,
                    counter_->kind(), k_way_out);
    if (!reached)
        return fail(Code::failed_precondition, "the store's counter of kind '{}' is gone{}", note->kind,
                    k_way_out);
    if (note->value < *reached)
        return fail(Code::failed_precondition,
                    "an earlier copy of the store: its number is {}, and {} was reached{}", note->value,
                    *reached, k_way_out);
    if (note->value > *reached + 1)
        return fail(Code::failed_precondition,
                    "the store's number is {}, and its counter is at {}: the counter was put back, or is "
                    "another{}",
                    note->value, *reached, k_way_out);
    counter_value_ = *reached;
    // A cut came between the store and its counter.
    return note->value > *reached ? advance_counter() : Status();
}

/// From here on the store and the counter belong together, and copies of before do not.
Status TrustStore::anchor(std::uint64_t reached, const std::string& operation) {
    counter_value_ = reached;
    const auto entry =
        system_entry(operation, "store", {{"counter", counter_->kind()}, {"value", reached + 1}});
    RDT_CHECK(write_transaction([&] { return write_counter_note(reached + 1); }, {{entry}}));
    return advance_counter();
}

Status TrustStore::advance_counter() {
    RDT_CHECK(
        counter_->rise_to(counter_value_ + 1)
            .transform_error(context("what was asked for is written, but the store's counter did not rise")));
    ++counter_value_;
    last_rise_ = std::chrono::steady_clock::now();
    is_unsettled_ = false;
    return {};
}

bool TrustStore::is_counter_due() const {
    return !last_rise_ || std::chrono::steady_clock::now() - *last_rise_ >= counter_->least_pause();
}

Status TrustStore::settle() {
    if (!counter_ || !is_unsettled_) return {};
    RDT_CHECK(write_transaction([&] { return write_counter_note(counter_value_ + 1); }, {}));
    return advance_counter();
}

} // namespace redoubt::services::store
