// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/store/state_store.hpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "common/base/file.hpp"
#include "node-daemon/store/schema.hpp"

namespace {

std::atomic<int> g_syncs = 0; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

} // namespace

// SQLite's call comes here: what a power cut would leave cannot be seen otherwise.
extern "C" int fdatasync(int fd) {
    ++g_syncs;
    return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

namespace redoubt::node::store {
namespace {

class StoreTest : public testing::Test {
  protected:
    void SetUp() override {
        directory_ =
            std::filesystem::path(testing::TempDir()) /
            (std::string("redoubt-store-") + testing::UnitTest::GetInstance()->current_test_info()->name());
        std::filesystem::remove_all(directory_);
        std::filesystem::create_directories(directory_);
        open();
    }
    void TearDown() override {
        store_.reset();
        std::filesystem::remove_all(directory_);
    }
    void open() {
        store_.reset();
        store_ = StateStore::open(directory_ / "state.db").value();
    }

    template <class T>
    Result<T> run(Task<T> task) {
        std::optional<Result<T>> out;
        asio::co_spawn(context_, std::move(task), [&](const std::exception_ptr& error, Result<T> value) {
            ASSERT_FALSE(error);
            out = std::move(value);
        });
        context_.restart();
        context_.run();
        return std::move(out).value();
    }

    StateStore& store() { return *store_; }
    std::filesystem::path directory_;

  private:
    asio::io_context context_;
    std::unique_ptr<StateStore> store_;
};

ContainerRecord sample() {
    return {.id = ContainerId("c1"),
            .name = "web",
            .spec = R"({"version":1})",
            .image_id = "sha256:aa",
            .command = R"(["sh"])",
            .state = "running",
            .created_at = 1,
            .started_at = 2,
            .finished_at = 3,
            .exit_code = 137,
            .oom_killed = true,
            .reason = "out of memory"};
}

SandboxRecord sample_sandbox() {
    return {.id = SandboxId("s1"),
            .container = ContainerId("c1"),
            .vmm_pid = 42,
            .vmm_start_time = "99",
            .runtime_directory = "/run/x",
            .facts = "{}"};
}

TEST_F(StoreTest, GivesBackWhatWasSavedAfterReopening) {
    ASSERT_TRUE(run(store().save(sample())));
    ASSERT_TRUE(run(store().save(sample_sandbox())));
    ASSERT_TRUE(run(store().note({"vm", "s1", "c1", 7})));
    open();
    EXPECT_EQ(run(store().containers()), std::vector{sample()});
    EXPECT_EQ(run(store().sandboxes()), std::vector{sample_sandbox()});
    EXPECT_EQ(run(store().ledger()), (std::vector{LedgerEntry{"vm", "s1", "c1", 7}}));
}

TEST_F(StoreTest, SavingAgainReplacesTheRow) {
    auto record = sample();
    ASSERT_TRUE(run(store().save(record)));
    record.state = "exited";
    ASSERT_TRUE(run(store().save(record)));
    EXPECT_EQ(run(store().containers()), std::vector{record});
}

TEST_F(StoreTest, RefusesATakenName) {
    ASSERT_TRUE(run(store().save(sample())));
    auto other = sample();
    other.id = ContainerId("c2");
    const auto result = run(store().save(other));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::already_exists);
}

TEST_F(StoreTest, RefusesAStateItDoesNotKnow) {
    auto record = sample();
    record.state = "confused";
    EXPECT_FALSE(run(store().save(record)));
}

TEST_F(StoreTest, ForgettingAndRemovingTwiceIsNoError) {
    ASSERT_TRUE(run(store().save(sample())));
    ASSERT_TRUE(run(store().save(sample_sandbox())));
    ASSERT_TRUE(run(store().note({"vm", "s1", "c1", 7})));
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(run(store().forget("vm", "s1")));
        EXPECT_TRUE(run(store().remove(SandboxId("s1"))));
        EXPECT_TRUE(run(store().remove(ContainerId("c1"))));
    }
    EXPECT_TRUE(run(store().containers())->empty());
    EXPECT_TRUE(run(store().ledger())->empty());
}

TEST_F(StoreTest, NotingTwiceKeepsTheFirst) {
    ASSERT_TRUE(run(store().note({"vm", "s1", "c1", 7})));
    ASSERT_TRUE(run(store().note({"vm", "s1", "c1", 8})));
    EXPECT_EQ(run(store().ledger()), (std::vector{LedgerEntry{"vm", "s1", "c1", 7}}));
}

TEST_F(StoreTest, WhatUsersMakeAndTakeAwaySurvivesAPowerCut) {
    auto made = sample();
    made.state = "created";
    const auto syncs = [&](Task<void> task) {
        const int before = g_syncs;
        EXPECT_TRUE(run(std::move(task)));
        return g_syncs - before;
    };
    const PodRecord pod{.id = PodId("p1"), .name = "pod", .spec = "{}"};
    const VolumeRecord volume{.name = "data", .size_bytes = 1, .labels = "{}"};
    EXPECT_GE(syncs(store().save(made)), 1);
    EXPECT_GE(syncs(store().note({"volume", "data", "data", 7})), 1) << "or its file could be nobody's";
    EXPECT_GE(syncs(store().save(volume)), 1);
    EXPECT_GE(syncs(store().save(pod)), 1);
    EXPECT_GE(syncs(store().remove(made.id)), 1);
    EXPECT_GE(syncs(store().remove(pod.id)), 1);
    EXPECT_GE(syncs(store().remove_volume("data")), 1);
}

TEST_F(StoreTest, WhatGoesWithAPowerCutAnywayWaitsForNoDisk) {
    ASSERT_TRUE(run(store().save(sample())));
    const int before = g_syncs;
    EXPECT_TRUE(run(store().save(sample_sandbox())));
    EXPECT_TRUE(run(store().note({"vm", "s1", "c1", 7})));
    EXPECT_TRUE(run(store().save(sample()))); // it runs
    EXPECT_TRUE(run(store().forget("vm", "s1")));
    EXPECT_TRUE(run(store().remove(SandboxId("s1"))));
    EXPECT_EQ(g_syncs, before);
}

TEST(StoreSchema, IsTheGoldenText) {
    std::string text;
    int version = 0;
    for (const auto migration : schema_migrations())
        text += std::format("-- version {}{}", ++version, migration);
    const char* source = std::getenv("REDOUBT_SOURCE"); // NOLINT(concurrency-mt-unsafe)
    const auto golden = read_file(std::filesystem::path(source != nullptr ? source : ".") /
                                  "tests/golden/state-database.sql");
    ASSERT_TRUE(golden) << golden.error().message;
    EXPECT_EQ(text, *golden);
}

} // namespace
} // namespace redoubt::node::store
