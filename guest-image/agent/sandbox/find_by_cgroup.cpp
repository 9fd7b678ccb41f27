// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/sandbox/sandbox.hpp"
#include "guest-image/oci_runtime/cgroup_identity.hpp"

namespace redoubt::guest::sandbox {

Result<std::shared_ptr<const Container>> Sandbox::find_by_cgroup(std::uint64_t cgroup) const {
    if (!options_.cgroups) return fail(Code::not_found, "this agent has no control groups");
    RDT_TRY(const auto place, oci_runtime::path_of_cgroup(*options_.cgroups, cgroup));
    const auto inside = place.lexically_relative(*options_.cgroups);
    const auto id = inside.empty() ? std::string() : inside.begin()->native();
    const auto found = containers_.find(ContainerId(id));
    const bool is_its_own = found != containers_.end() && found->second->cgroup &&
                            found->second->cgroup->path() == *options_.cgroups / id;
    if (!is_its_own || found->second->state == Container::State::removing)
        return fail(Code::not_found, "control group '{}' is of no container", place.native());
    return std::shared_ptr<const Container>(found->second);
}

} // namespace redoubt::guest::sandbox
