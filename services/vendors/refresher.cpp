// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/vendors/refresher.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

#include "common/log/log.hpp"
#include "services/vendors/answers.hpp"
#include "services/vendors/schedule.hpp"

namespace redoubt::services::vendors {
namespace {

namespace bj = boost::json;
using namespace std::chrono_literals;

constexpr auto k_between_requests = 500ms; ///< vendors count
constexpr auto k_longest_sleep = 10min;    ///< the clock may have been set, or the machine have slept

/// When the first statement ends that has to be fetched again for that; certificates are good for decades.
std::optional<tee::Time> end_of(const tee::tdx::Collateral& brought) {
    std::optional<tee::Time> first;
    const auto take = [&](std::optional<tee::Time> end) {
        if (end && (!first || *end < *first)) first = end;
    };
    for (const auto& list : brought.revocation_lists) take(list.next_update());
    if (brought.tcb_info)
        if (const auto info = tee::tdx::parse_tcb_info(brought.tcb_info->body)) take(info->next_update);
    if (brought.qe_identity)
        if (const auto identity = tee::tdx::parse_enclave_identity(brought.qe_identity->body))
            take(identity->next_update);
    return first;
}

std::vector<std::string> digests_of(const tee::tdx::Collateral& brought) {
    std::vector<std::string> digests;
    digests.reserve(brought.certificates.size() + brought.revocation_lists.size() + 2);
    for (const auto& one : brought.certificates) digests.push_back(attestation::digest_of(one));
    for (const auto& one : brought.revocation_lists) digests.push_back(attestation::digest_of(one));
    if (brought.tcb_info) digests.push_back(attestation::digest_of(*brought.tcb_info));
    if (brought.qe_identity) digests.push_back(attestation::digest_of(*brought.qe_identity));
    return digests;
}

} // namespace

Refresher::Refresher(FetchPlace place, VendorClient& client, const FetchSettings& settings)
    : place_(std::move(place)), client_(&client), targets_(targets_of(settings)), refresh_(settings.refresh),
      retry_(settings.retry), tasks_(place_.executor) {
    for (const auto& target : targets_) {
        attestation::FetchedStatement statement;
        statement.url = target.url;
        statement.kind = kind_of(target.form);
        statement.places = target.places;
        statement.next = first_due(target, statement);
        place_.state->statements.push_back(std::move(statement));
    }
}

asio::awaitable<void> Refresher::stop() {
    tasks_.cancel();
    co_await tasks_.join();
}

tee::Time Refresher::first_due(const Target& target, attestation::FetchedStatement& statement) const {
    const auto& in_use = place_.in_use();
    for (const auto& [digest, origin] : in_use.origins)
        if (origin.source == attestation::Source::fetched && origin.from == target.url)
            statement.came =
                std::max(statement.came.value_or(tee::Time::min()), origin.came.value_or(tee::Time::min()));
    // What came before the start may end soon: asked for at once unless it is fresh, and then once a refresh.
    const auto now = place_.now();
    const bool is_fresh = statement.came && *statement.came <= now && now < *statement.came + refresh_ / 2;
    return is_fresh ? *statement.came + refresh_ / 2 : now;
}

Duration Refresher::pause() const {
    Duration wait = k_longest_sleep;
    const auto now = place_.now();
    for (const auto& statement : place_.state->statements)
        wait = std::min<Duration>(wait, std::max<Duration>(statement.next - now, k_between_requests));
    return wait;
}

asio::awaitable<void> Refresher::run() {
    const auto state = co_await asio::this_coro::cancellation_state;
    while (state.cancelled() == asio::cancellation_type::none) {
        for (std::size_t i = 0; i < targets_.size(); ++i) {
            if (place_.state->statements[i].next > place_.now()) continue;
            co_await refresh(i);
            if (state.cancelled() != asio::cancellation_type::none) co_return;
            co_await sleep_for(k_between_requests);
        }
        co_await sleep_for(pause());
    }
}

asio::awaitable<void> Refresher::refresh(std::size_t index) {
    const auto& target = targets_[index];
    const auto answer = co_await client_->get(target.url);
    if (!answer && answer.error().code == Code::cancelled) co_return;
    auto& statement = place_.state->statements[index];
    const auto now = place_.now();
    const auto until =
        answer ? keep(target, *answer) : Result<std::optional<tee::Time>>(std::unexpected(answer.error()));
    if (until) {
        ++place_.state->fetches;
        statement.came = now;
        statement.failures = 0;
        statement.error.clear();
        statement.next = next_after_success(now, *until, refresh_, retry_, chance());
        co_return;
    }
    ++place_.state->failures;
    const auto& why = until.error();
    statement.next = next_after_failure(now, ++statement.failures, retry_, chance());
    if (why.message == statement.error) co_return; // said already
    log::warning("collateral: " + target.url + ": " + why.message);
    if (answer && answer->status == 200)
        note_refusal(place_, "collateral/" + target.places.front(), target.url, why);
    statement.error = why.message;
}

Status Refresher::note(const Target& target, const attestation::StagedCollateral& staged,
                       const attestation::CollateralImport& import) {
    const auto& known = place_.in_use().origins;
    bj::array fresh;
    for (const auto& digest : digests_of(staged.brought()))
        if (!known.contains(digest)) fresh.emplace_back("sha256:" + digest);
    if (fresh.empty()) return {}; // the same as yesterday
    const auto entry = store::system_entry("collateral.fetch", "collateral/" + import.place,
                                           {{"url", target.url}, {"statements", std::move(fresh)}});
    return place_.store->write({}, {{entry}});
}

Result<std::optional<tee::Time>> Refresher::keep(const Target& target, const http::Response& answer) {
    attestation::CollateralImport import;
    RDT_TRY(import.files, read_answer(target, answer));
    import.origin = {attestation::Source::fetched, target.url, {}};
    std::vector<attestation::StagedCollateral> staged;
    for (const auto& place : target.places) {
        import.place = place;
        RDT_TRY(auto one,
                attestation::StagedCollateral::make(place_.folder, import, place_.in_use(), place_.now()));
        RDT_CHECK(note(target, one, import)); // on record before it counts
        staged.push_back(std::move(one));
    }
    for (auto& one : staged) RDT_CHECK(one.put_into_use());
    RDT_CHECK(place_.reload());
    return staged.empty() ? std::nullopt : end_of(staged.front().brought());
}

} // namespace redoubt::services::vendors
