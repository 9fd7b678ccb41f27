// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/vendors/vcek_fetcher.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

#include "common/log/log.hpp"
#include "services/attestation/collateral_check.hpp"
#include "services/attestation/vcek_store.hpp"
#include "services/vendors/answers.hpp"

namespace redoubt::services::vendors {
namespace {

namespace bj = boost::json;
using namespace std::chrono_literals;

constexpr std::size_t k_most_flights = 8;
constexpr std::size_t k_most_in_vain = 4096;
constexpr auto k_unknown_chip = 1h;   ///< before AMD is asked again for a chip that it does not know
constexpr double k_burst_share = 0.5; ///< of a minute's requests, at once
constexpr double k_minute = 60;

} // namespace

VcekFetcher::VcekFetcher(FetchPlace place, VendorClient& client, const FetchSettings& settings)
    : place_(std::move(place)), client_(&client), amd_url_(settings.amd_url),
      products_(settings.amd_products), retry_(settings.retry),
      per_second_(settings.vceks_per_minute / k_minute),
      allowance_(std::max(1.0, settings.vceks_per_minute * k_burst_share)), tasks_(place_.executor) {}

asio::awaitable<void> VcekFetcher::stop() {
    tasks_.cancel();
    co_await tasks_.join();
}

bool VcekFetcher::take_allowance() {
    const auto now = Clock::now();
    const std::chrono::duration<double> since = now - filled_;
    filled_ = now;
    const auto burst = std::max(1.0, per_second_ * k_minute * k_burst_share);
    allowance_ = std::min(burst, allowance_ + since.count() * per_second_);
    if (allowance_ < 1.0) return false;
    allowance_ -= 1.0;
    return true;
}

std::shared_ptr<VcekFetcher::Flight> VcekFetcher::begin(const attestation::Chip& chip,
                                                        const std::string& key) {
    if (const auto found = flights_.find(key); found != flights_.end()) return found->second;
    const auto vain = in_vain_.find(key);
    const bool is_vain = vain != in_vain_.end() && place_.now() < vain->second;
    if (!std::ranges::contains(products_, chip.product) || is_vain || flights_.size() >= k_most_flights ||
        !take_allowance()) {
        ++place_.state->vceks_declined;
        return nullptr;
    }
    auto flight = std::make_shared<Flight>(place_.executor);
    flights_.emplace(key, flight);
    tasks_.spawn(fetch(chip, key, flight));
    return flight;
}

asio::awaitable<void> VcekFetcher::prepare(attestation::Chip chip) {
    const auto key = key_of(chip);
    if (place_.in_use().vceks.contains(key)) co_return;
    const auto flight = begin(chip, key);
    if (flight == nullptr) co_return;
    while (!flight->done.is_set()) {
        co_await flight->done.wait();
        if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
            co_return;
    }
}

asio::awaitable<void> VcekFetcher::fetch(attestation::Chip chip, std::string key,
                                         std::shared_ptr<Flight> flight) {
    const auto url = vcek_url(amd_url_, chip);
    const auto answer = co_await client_->get(url);
    flights_.erase(key);
    flight->done.set(); // who waits runs when this coroutine waits or ends
    if (!answer && answer.error().code == Code::cancelled) co_return;
    const auto kept = answer ? keep(chip, key, url, *answer) : Status(std::unexpected(answer.error()));
    if (kept) {
        ++place_.state->vcek_fetches;
    } else {
        ++place_.state->vcek_failures;
        log::warning("collateral: " + url + ": " + kept.error().message);
        if (answer && answer->status == 200)
            note_refusal(place_, "collateral/vcek/" + key, url, kept.error());
        remember_failure(key, kept.error());
    }
}

Status VcekFetcher::keep(const attestation::Chip& chip, const std::string& key, const std::string& url,
                         const http::Response& answer) {
    RDT_TRY(const auto certificate, read_vcek(answer));
    RDT_CHECK(attestation::check_vcek(certificate, chip, place_.in_use(), place_.now()));
    const auto entry = store::system_entry(
        "collateral.fetch", "collateral/vcek/" + key,
        {{"url", url}, {"statements", bj::array{"sha256:" + attestation::digest_of(certificate)}}});
    RDT_CHECK(place_.store->write({}, {{entry}}));
    RDT_CHECK(attestation::keep_vcek(place_.folder / attestation::k_vcek_folder, key, certificate,
                                     {attestation::Source::fetched, url, place_.now()}));
    return place_.reload();
}

void VcekFetcher::remember_failure(const std::string& key, const Error& why) {
    const auto now = place_.now();
    if (in_vain_.size() >= k_most_in_vain)
        std::erase_if(in_vain_, [&](const auto& entry) { return entry.second <= now; });
    if (in_vain_.size() >= k_most_in_vain) in_vain_.erase(in_vain_.begin());
    in_vain_[key] = now + (why.code == Code::not_found ? std::chrono::seconds(k_unknown_chip) : retry_);
}

} // namespace redoubt::services::vendors
