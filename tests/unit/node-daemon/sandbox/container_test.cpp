// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/container.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include <set>

#include "node-daemon/sandbox/container_name.hpp"

namespace redoubt::node::sandbox {
namespace {

using enum ContainerState;

TEST(ContainerState, OnlyTheTransitionsInTheTableAreLegal) {
    const std::set<std::pair<ContainerState, ContainerState>> legal = {
        {created, starting}, {starting, running}, {starting, exited}, {running, stopping},
        {running, exited},   {stopping, exited},  {exited, starting}};
    for (const auto from : {created, starting, running, stopping, exited})
        for (const auto to : {created, starting, running, stopping, exited})
            EXPECT_EQ(is_legal(from, to), legal.contains({from, to}))
                << name_of(from) << " to " << name_of(to);
}

TEST(ContainerState, AnIllegalTransitionIsRefusedInWords) {
    asio::io_context context;
    asio::thread_pool pool(1);
    store::ContainerRecord record;
    record.name = "web";
    Container container(context.get_executor(), pool, record, {}, "/nowhere/log", 1000);
    const auto refused = change_state(container, stopping);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), (Error{Code::failed_precondition, "container 'web' is created"}));
    ASSERT_TRUE(change_state(container, starting));
    EXPECT_EQ(container.record.state, "starting");
}

TEST(ContainerName, AcceptsWhatPodmanAccepts) {
    for (const auto* name : {"a", "web-1", "A_b.c", "0"}) EXPECT_TRUE(validate_container_name(name)) << name;
    for (const auto* name : {"", "-a", ".a", "a b", "a/b", "\xc3\xa4"})
        EXPECT_FALSE(validate_container_name(name)) << name;
    EXPECT_FALSE(validate_container_name(std::string(129, 'a')));
    EXPECT_TRUE(validate_container_name(random_container_name()));
}

} // namespace
} // namespace redoubt::node::sandbox
