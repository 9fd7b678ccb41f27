// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Names and paths of the API on the bus.

namespace redoubt::node::bus {

inline constexpr auto k_service = "org.redoubt.Node1";
inline constexpr auto k_root = "/org/redoubt/Node1";
inline constexpr auto k_containers = "/org/redoubt/Node1/container";
inline constexpr auto k_jobs = "/org/redoubt/Node1/job";
inline constexpr auto k_manager_interface = "org.redoubt.Node1.Manager";
inline constexpr auto k_container_interface = "org.redoubt.Node1.Container";
inline constexpr auto k_job_interface = "org.redoubt.Node1.Job";

} // namespace redoubt::node::bus
