// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/api/audit_queue.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include <unistd.h>

#include <filesystem>

#include "common/async/task_scope.hpp"

namespace redoubt::services::api {
namespace {

asio::awaitable<void> note(AuditQueue& queue, std::string object, std::vector<std::string>& done) {
    store::AuditEntry entry{.tenant = {},
                            .actor = "test",
                            .peer = {},
                            .operation = "release",
                            .object = object,
                            .decision = "allowed",
                            .reason = {},
                            .facts = {}};
    const auto recorded = co_await queue.record(std::move(entry));
    if (recorded) done.push_back(object);
}

TEST(AuditQueue, WritesWhatComesTogetherInOrderAndAnswersAll) {
    const auto folder =
        std::filesystem::temp_directory_path() / std::format("redoubt-audit-queue-{}", ::getpid());
    std::filesystem::create_directories(folder);
    const auto passphrase = crypto::Secret::copy_of("correct horse");
    const auto clock = [] { return std::string("2026-01-31T08:00:00Z"); };
    ASSERT_TRUE(store::TrustStore::create(folder / "trust.db", passphrase, {1024, 1}, clock));
    {
        const auto store =
            store::TrustStore::open(folder / "trust.db", store::by_passphrase(passphrase), clock).value();
        asio::io_context context{1};
        AuditQueue queue(context.get_executor(), *store);
        TaskScope tasks(context.get_executor());
        std::vector<std::string> done;
        for (int round = 0; round < 3; ++round) {
            for (int i = 0; i < 20; ++i) tasks.spawn(note(queue, std::to_string(i), done));
            context.run();
            context.restart();
        }
        EXPECT_EQ(done.size(), 60U);
        EXPECT_EQ(store->audit_count(), 60);
        EXPECT_NE(store->audit_lines(20, 1)->at(0).find(R"("object":"19")"), std::string::npos);
    }
    std::filesystem::remove_all(folder);
}

} // namespace
} // namespace redoubt::services::api
