"""Parameters of Systems Manager."""

from local_aws.template.intrinsics import Made
from local_aws.template.resource import Maker, Resource


def _parameter(resource: Resource) -> Made:
    name = resource.physical_name("Name", 255)
    kind, value = resource.need("Type"), resource.need("Value")
    resource.stack.aws("ssm").put_parameter(Name=name, Type=kind, Value=value, **resource.pick("Description"))
    return Made(name, {"Type": kind, "Value": value})


def _change_parameter(resource: Resource, _old: Resource, made: Made) -> None:
    resource.stack.aws("ssm").put_parameter(
        Name=made.ref, Type=resource.need("Type"), Value=resource.need("Value"), Overwrite=True
    )


def _unmake_parameter(resource: Resource, made: Made) -> None:
    resource.stack.aws("ssm").delete_parameter(Name=made.ref)


MAKERS = {
    "AWS::SSM::Parameter": Maker(
        _parameter,
        frozenset({"Name", "Type", "Value", "Description"}),
        change=_change_parameter,
        fixed=frozenset({"Description", "Name", "Type"}),
        unmake=_unmake_parameter,
    )
}
