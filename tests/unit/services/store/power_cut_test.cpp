// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// The store when the power is cut: at each moment of its writing, whatever of the unsynced reached the disk,
/// what was acknowledged is there and the audit log is whole.

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "services/store/trust_store.hpp"
#include "tests/support/power_cut/recorded_disk.hpp"

namespace redoubt::services::store {
namespace {

namespace fs = std::filesystem;
using tests::RecordedDisk;
using tests::Unsynced;

std::string clock_text() {
    return "2026-01-31T08:00:00Z";
}
crypto::Secret passphrase() {
    return crypto::Secret::copy_of("correct horse");
}
ObjectName name_of_object(int number) {
    return {"acme", "resource", "repo/type/" + std::to_string(number)};
}
AuditEntry noted(int number) {
    return {.tenant = "acme",
            .actor = "test",
            .peer = {},
            .operation = "put",
            .object = std::to_string(number),
            .decision = "allowed",
            .reason = {},
            .facts = {}};
}

using Values = std::map<int, std::optional<std::string>>;

/// What holds once a write has been acknowledged.
struct Acknowledged {
    std::size_t moment = 0; ///< steps of the disk until then
    std::int64_t records = 0;
    Values values;
};

/// The first thing that is wrong with a store after a cut; empty when nothing is. Of the write that was under
/// way, all or nothing may be there.
std::string fault_of(const fs::path& file, const Acknowledged& before, const Acknowledged& after) {
    const auto secret = passphrase();
    const auto opened = TrustStore::open(file, by_passphrase(secret), clock_text);
    if (!opened) return "not opened: " + opened.error().message;
    auto& store = **opened;
    const auto records = store.audit_count();
    if (records != before.records && records != after.records) return "other records than were written";
    const auto& expected = records == before.records ? before.values : after.values;
    for (const auto& [number, value] : expected) {
        const auto object = store.get(name_of_object(number));
        if (value && (!object || object->value.view() != *value)) return "a value is lost, or another";
        if (!value && object) return "a removed value is back";
    }
    // It goes on as if nothing had been.
    if (!store.write({{{name_of_object(9999), "later", "test"}}}, {{noted(9999)}}))
        return "no longer written to";
    AuditVerifier verifier;
    const auto verified = read_audit_lines(file, [&](std::string_view line) { return verifier.next(line); });
    if (!verified) return verified.error().message;
    return verifier.count() == records + 1 ? "" : "records are missing";
}

class PowerCut : public testing::Test {
  protected:
    void SetUp() override {
        root_ = fs::temp_directory_path() / std::format("redoubt-power-cut-{}", ::getpid());
        fs::remove_all(root_);
        fs::create_directories(root_ / "disk");
        ASSERT_TRUE(TrustStore::create(root_ / "disk" / "trust.db", passphrase(), {1024, 1}, clock_text));
    }
    void TearDown() override { fs::remove_all(root_); }

    /// Opens, writes and closes a few times: new values, new versions, removals, large ones; each closing
    /// moves the log into the database.
    std::vector<Acknowledged> write_on(RecordedDisk& disk) {
        std::vector<Acknowledged> history{{}};
        const auto secret = passphrase();
        for (int session = 0; session < 3; ++session) {
            const auto store =
                TrustStore::open(root_ / "disk" / "trust.db", by_passphrase(secret), clock_text).value();
            for (int i = 0; i < 4; ++i) {
                const int number = session + i;
                auto now = history.back();
                std::vector<Change> changes;
                const auto text =
                    std::string(i == 3 ? 20'000 : 20, static_cast<char>('a' + session)) + std::to_string(i);
                const bool removes = i == 2 && session > 0;
                changes.push_back({name_of_object(number),
                                   removes ? std::nullopt : std::optional<std::string_view>(text), "test"});
                EXPECT_TRUE(store->write(changes, {{noted(number)}}));
                now.values[number] = removes ? std::nullopt : std::optional(text);
                now.records = store->audit_count();
                now.moment = disk.steps().size();
                history.push_back(std::move(now));
            }
        }
        return history;
    }

    std::string fault_at(const RecordedDisk& disk, const std::vector<Acknowledged>& history,
                         std::size_t moment, Unsynced unsynced) {
        const auto place = root_ / "cut";
        fs::remove_all(place);
        fs::create_directories(place);
        disk.restore(moment, unsynced, static_cast<std::uint32_t>(moment), place);
        std::size_t last = 0;
        while (last + 1 < history.size() && history[last + 1].moment <= moment) ++last;
        const auto& after = history[std::min(last + 1, history.size() - 1)];
        return fault_of(place / "trust.db", history[last], after);
    }

    fs::path root_;
};

/// Every moment in the full tier, else each of this many.
std::size_t stride() {
    const char* tier = std::getenv("REDOUBT_TIER"); // NOLINT(concurrency-mt-unsafe): one thread
    return tier != nullptr && std::string_view(tier) == "full" ? 1 : 5;
}

TEST_F(PowerCut, LosesNoAcknowledgedWriteAtAnyMoment) {
    RecordedDisk disk(root_ / "disk");
    const auto history = write_on(disk);
    const auto count = disk.steps().size();
    ASSERT_GT(count, 100U);
    std::size_t cuts = 0;
    for (std::size_t moment = 0; moment <= count; ++moment) {
        // Never left out: the moments just behind an acknowledgement.
        const bool is_told = std::ranges::contains(history, moment, &Acknowledged::moment);
        if (moment % stride() != 0 && !is_told) continue;
        for (const auto unsynced : {Unsynced::lost, Unsynced::kept, Unsynced::some}) {
            ++cuts;
            ASSERT_EQ(fault_at(disk, history, moment, unsynced), "")
                << "before step " << moment << " of " << count << ", unsynced " << static_cast<int>(unsynced);
        }
    }
    RecordProperty("cuts", static_cast<int>(cuts));
}

TEST_F(PowerCut, IsFatalOnADiskThatLiesAboutSyncing) {
    // The test sees what it is for: the same record without its syncs loses what was acknowledged.
    RecordedDisk disk(root_ / "disk");
    const auto history = write_on(disk);
    const auto count = disk.steps().size();
    disk.forget_syncs();
    ASSERT_LT(disk.steps().size(), count) << "the store syncs nothing";
    const auto place = root_ / "cut";
    fs::create_directories(place);
    // The middle of the first session, before anything was moved into the database.
    disk.restore(disk.steps().size() / 4, Unsynced::lost, 1, place);
    EXPECT_NE(fault_of(place / "trust.db", history[2], history[3]), "");
}

} // namespace
} // namespace redoubt::services::store
