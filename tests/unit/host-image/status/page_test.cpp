// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "host-image/status/page.hpp"

#include <gmock/gmock.h>

namespace redoubt::host_image {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

NodeFacts healthy() {
    return {.version = "0.1.0",
            .host_name = "n1",
            .id = "0011223344556677",
            .addresses = {"192.0.2.7"},
            .system_state = "running",
            .node_state = "active"};
}

TEST(Page, BeginsWithALineForPrograms) {
    EXPECT_THAT(render_page(healthy()),
                StartsWith("redoubt-status: version=0.1.0 id=0011223344556677 healthy=yes system=running "
                           "node=active addresses=192.0.2.7 "
                           "failed=none recovery-key=fetched fingerprint=none\r\n"));
}

TEST(Page, OfANodeWithAFailedUnitNamesItAndIsNotHealthy) {
    auto facts = healthy();
    facts.failed_units = {"chrony.service"};
    EXPECT_FALSE(is_healthy(facts));
    EXPECT_THAT(render_page(facts), HasSubstr("failed        chrony.service\r\n"));
}

TEST(Page, OfANodeNobodyCanAskIsNotHealthy) {
    EXPECT_FALSE(is_healthy({.version = "0.1.0"}));
    EXPECT_THAT(render_page({.version = "0.1.0"}),
                HasSubstr("healthy=no system=unknown node=unknown addresses=none"));
}

TEST(Page, NagsUntilTheRecoveryKeyIsFetched) {
    auto facts = healthy();
    EXPECT_THAT(render_page(facts), Not(HasSubstr("to be done")));
    facts.recovery_key_waits = true;
    EXPECT_THAT(render_page(facts), HasSubstr("redoubtctl node recovery-key fetch"));
}

TEST(Page, ShowsThePairingCodeToPeopleAndNotInTheLineForPrograms) {
    auto facts = healthy();
    EXPECT_THAT(render_page(facts), Not(HasSubstr("pairing")));
    facts.pairing_code = "7K2M-9QXD-04TB";
    const auto page = render_page(facts);
    EXPECT_THAT(page, HasSubstr("pairing code  7K2M-9QXD-04TB for ten minutes"));
    EXPECT_THAT(page.substr(0, page.find('\n')), Not(HasSubstr("7K2M")));
}

TEST(Page, LetsNothingThroughThatATerminalWouldObey) {
    auto facts = healthy();
    facts.host_name = "n\x1b[2J";
    EXPECT_THAT(render_page(facts), Not(HasSubstr("\x1b")));
}

} // namespace
} // namespace redoubt::host_image
